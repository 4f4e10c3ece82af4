import { Transform, type TransformFnParams } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, ValidateBy } from 'class-validator';
import { Flag, Milliseconds } from './variable.decorators.js';
import { MAX_WORKERS, readWorkerCount } from './worker-count.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const WorkerCount = (): PropertyDecorator => (target, key) => {
  Transform(({ obj, value }: TransformFnParams) => {
    const given = (obj as Record<PropertyKey, unknown>)[key];
    return typeof given === 'string' ? readWorkerCount(given) : (value as unknown);
  })(target, key);
  ValidateBy({
    name: 'isWorkerCount',
    validator: {
      validate: (value: unknown) =>
        Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_WORKERS,
      defaultMessage: () => `must be a whole number from 1 to ${MAX_WORKERS}, or auto`,
    },
  })(target, key);
};

/** The process: how many, how it ends, what it shows. */
export class ServerEnvironment {
  /** Processes that share the port; `auto`: one a processor. 1 is a single process without a primary. */
  @WorkerCount()
  WORKERS: number = 1;

  /** How long running answers may go on after SIGTERM, ms. */
  @Milliseconds(0)
  SHUTDOWN_GRACE_MS: number = 30_000;

  /** How much is logged. */
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** Serve the OpenAPI description on /docs. */
  @Flag()
  @IsBoolean()
  DOCS_ENABLED: boolean = true;

  /** Start the built-in simulator even with NODE_ENV=production. */
  @Flag()
  @IsBoolean()
  SIMULATOR_ENABLED: boolean = false;

  /** Node's usual marker; `production` refuses to start without an upstream. */
  @IsOptional()
  @IsString()
  NODE_ENV?: string;
}
