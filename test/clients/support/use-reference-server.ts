import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { GATEWAY_NODE } from './gateway-entry.mjs';
import { endProcess } from './start-gateway.ts';

const PROGRAM = path.join(
  path.dirname(
    createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json'),
  ),
  'dist/index.js',
);

/** What it writes for each session. */
const BEGUN = 'Session initialized';
const ENDED = 'Received session termination';

/** The reference server of MCP, in a process of its own. */
export interface ReferenceServer {
  /** For `server_url`. */
  readonly url: string;
  /** What the gateway needs to be allowed to reach it. */
  readonly settings: Record<string, string>;
  /** Resolves once there were sessions, and each of them was ended. */
  allSessionsEnded(): Promise<void>;
}

/** Starts `@modelcontextprotocol/server-everything` with Streamable HTTP for the tests of this `describe`. Call it before `useStack`. */
export function useReferenceServer(): ReferenceServer {
  let server: ChildProcess;
  let port = 0;
  let said = '';
  const count = (text: string): number => said.split(text).length - 1;

  before(async () => {
    port = await findFreePort();
    server = spawn(GATEWAY_NODE, [PROGRAM, 'streamableHttp'], {
      env: { PATH: process.env.PATH, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      const read = (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes('listening on port')) resolve();
      };
      server.stdout?.on('data', read);
      server.stderr?.on('data', read);
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`The MCP server ended with code ${code}:\n${said}`)));
    });
  });
  after(() => endProcess(server));

  return {
    get url() {
      return `http://127.0.0.1:${port}/mcp`;
    },
    get settings() {
      return { MCP_ALLOWED_HOSTS: `127.0.0.1:${port}` };
    },
    allSessionsEnded: async () => {
      // An answer does not wait for the end of its sessions.
      while (count(BEGUN) === 0 || count(BEGUN) > count(ENDED)) await pause(5);
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
