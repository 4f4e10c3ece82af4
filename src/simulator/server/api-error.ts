const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
]);

/** What LMDeploy says when its engine fails. */
export const ENGINE_FAILURE = 'An internal server error occurred.';

/** An answer other than 200; whoever serves the request writes it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    /** The whole body: LMDeploy's flat error, which is not under "error". */
    readonly body: object = errorBody(status, message),
  ) {
    super(message);
  }
}

/** The flat error object with the type LMDeploy gives to this status. */
export function errorBody(status: number, message: string): object {
  const type = TYPES.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { message, type, code: status, param: null, object: 'error' };
}
