import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { GatewayConfigModule } from '../../src/config/config.module.js';
import { GatewayFileModule } from '../../src/gateway-file/gateway-file.module.js';
import { HOST_LOOKUP, type HostLookup } from '../../src/mcp/guarded-agent.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { type McpAddress, McpServers } from '../../src/mcp/mcp-servers.service.js';
import { ReloadModule } from '../../src/reload/reload.module.js';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import { recordingLogger } from './recording-logger.js';

export interface OpenedMcpServers {
  servers: McpServers;
  files: WatchedFiles;
  /** What was logged. */
  lines: string[];
  close: () => Promise<void>;
}

/** The MCP side of a gateway without the rest of it. */
export async function openMcpServers(
  environment: Record<string, string>,
  lookup?: HostLookup,
): Promise<OpenedMcpServers> {
  const { logger, lines } = recordingLogger();
  const building = Test.createTestingModule({
    imports: [
      GatewayConfigModule.register(environment),
      LoggerModule.forRoot({ pinoHttp: { level: 'silent' }, forRoutes: [] }),
      ReloadModule,
      GatewayFileModule,
      McpModule,
    ],
  })
    .overrideProvider(PinoLogger)
    .useValue(logger);
  if (lookup) building.overrideProvider(HOST_LOOKUP).useValue(lookup);
  const app: INestApplicationContext = await (await building.compile()).init();
  return {
    servers: app.get(McpServers),
    files: app.get(WatchedFiles),
    lines,
    close: () => app.close(),
  };
}

/** @param more in place of what a request would say with a URL alone */
export function addressOf(url: string | null, more: Partial<McpAddress> = {}): McpAddress {
  return { label: 'here', url, connectorId: null, authorization: null, headers: {}, ...more };
}

export const NEVER = new AbortController().signal;
