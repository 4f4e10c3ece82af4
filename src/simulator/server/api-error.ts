import { pythonDumps } from './python-json.js';

const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
]);

/** LMDeploy's flat error object; it is the whole body, not under "error". */
export interface ErrorBody {
  message: string;
  type: string;
  code: number;
  param: null;
  object: 'error';
}

/** An answer other than 200; whoever serves the request writes it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly body: object,
  ) {
    super(`HTTP ${status}`);
  }

  /** The flat error with the type LMDeploy gives to this status. */
  static flat(status: number, message: string): ApiError {
    return new ApiError(status, errorBody(status, message));
  }
}

/** The flat error object for a status. */
export function errorBody(status: number, message: string): ErrorBody {
  const type = TYPES.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { message, type, code: status, param: null, object: 'error' };
}

/** What LMDeploy sends when generation fails after the headers: here the error is wrapped. */
export function streamedError(message: string): string {
  return `data: ${pythonDumps({ error: errorBody(500, message) })}\n\n`;
}
