import type { ErrorBody } from '../contracts/responses-api.js';
import { ERROR_TABLE, type ErrorName, type ErrorRow } from './error-table.js';

/** @public */
export interface GatewayErrorOptions {
  message?: string;
  /** Path of the field at fault, e.g. `input[3].content[0].type`. */
  param?: string | null;
  /** Overrides the table's status, where an upstream's own status is handed through. */
  status?: number;
  /** Seconds; overrides the table's value, e.g. with the upstream's own Retry-After. */
  retryAfter?: number;
  /** Further headers of the HTTP answer. */
  headers?: Readonly<Record<string, string>>;
  /** For the log only: never leaves the process. */
  cause?: unknown;
}

/**
 * A failure with a name from the error table. Throw it anywhere (guards, pipes, interceptors, services):
 * the client gets OpenAI's error body before the stream began, and an `error` event with `response.failed` after.
 *
 * @public
 * @example throw new GatewayError('rate_limit_exceeded', { retryAfter: 20 });
 */
export class GatewayError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly param: string | null;
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly errorName: ErrorName,
    options: GatewayErrorOptions = {},
  ) {
    const row: ErrorRow = ERROR_TABLE[errorName];
    super(options.message ?? row.message, { cause: options.cause });
    this.name = 'GatewayError';
    this.status = options.status ?? row.status;
    this.type = row.type;
    this.code = row.code;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
    this.retryAfter = options.retryAfter ?? row.retryAfter;
  }

  toBody(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

/** The client sent something wrong at `param`. */
export function invalidRequest(param: string | null, message: string): GatewayError {
  return new GatewayError('invalid_request', { param, message });
}

/** Any thrown value as a GatewayError; what is not one becomes `internal_error`, its text kept for the log only. */
export function toGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error });
}
