import { IsOptional, IsString } from 'class-validator';
import { Flag, Milliseconds } from './variable.decorators.js';

/** The process: how it ends, what it serves beside the API. */
export class ServerEnvironment {
  /** How long running answers may go on after SIGTERM, ms. */
  @Milliseconds(0)
  SHUTDOWN_GRACE_MS: number = 30_000;

  /** JavaScript files (from the working directory) or packages with Nest modules that extend the gateway, separated by commas. */
  @IsOptional()
  @IsString()
  EXTENSIONS?: string;

  /** Serve the OpenAPI description on /docs. */
  @Flag()
  DOCS_ENABLED: boolean = true;

  /** Start the built-in simulator even with NODE_ENV=production. */
  @Flag()
  SIMULATOR_ENABLED: boolean = false;

  /** Node's usual marker; `production` refuses to start without an upstream. */
  @IsOptional()
  @IsString()
  NODE_ENV?: string;
}
