/** One row of the error table. `message` is the default; a thrower may give a better one. */
export interface ErrorRow {
  status: number;
  type: string;
  code: string;
  message: string;
  /** Seconds after which a retry may help; becomes the Retry-After header. */
  retryAfter?: number;
}

/**
 * Every error that leaves the gateway, by name. The HTTP status, `type` and `code` of the body
 * come from here alone, so a client meets one vocabulary whichever part refused it.
 */
export const ERROR_TABLE = {
  invalid_request: row(400, 'invalid_request_error', 'invalid_request', 'The request is invalid.'),
  missing_parameter: row(
    400,
    'invalid_request_error',
    'missing_required_parameter',
    'A required parameter is missing.',
  ),
  invalid_json: row(400, 'invalid_request_error', 'invalid_json', 'The request body is not valid JSON.'),
  invalid_encoding: row(
    400,
    'invalid_request_error',
    'invalid_encoding',
    'The request body is not valid UTF-8.',
  ),
  unsupported_parameter: row(
    400,
    'invalid_request_error',
    'unsupported_parameter',
    'This parameter is not supported.',
  ),
  unsupported_value: row(400, 'invalid_request_error', 'unsupported_value', 'This value is not supported.'),
  invalid_image_url: row(
    400,
    'invalid_request_error',
    'invalid_image_url',
    'This image URL is not accepted.',
  ),
  context_length_exceeded: row(
    400,
    'invalid_request_error',
    'context_length_exceeded',
    "The input exceeds the model's context window.",
  ),
  previous_response_not_found: row(
    400,
    'invalid_request_error',
    'previous_response_not_found',
    'The previous response was not found.',
  ),
  conversation_locked: row(
    400,
    'invalid_request_error',
    'conversation_locked',
    'Another process is currently operating on this conversation. Please retry in a few seconds.',
  ),
  websocket_connection_limit_reached: row(
    400,
    'invalid_request_error',
    'websocket_connection_limit_reached',
    'This WebSocket connection has reached its maximum age. Open a new one to continue.',
  ),
  invalid_api_key: row(401, 'authentication_error', 'invalid_api_key', 'Incorrect API key provided.'),
  missing_api_key: row(
    401,
    'authentication_error',
    'missing_api_key',
    'No API key provided. Send it in an Authorization header: Authorization: Bearer YOUR_KEY.',
  ),
  permission_denied: row(403, 'permission_error', 'permission_denied', 'You are not allowed to do this.'),
  not_found: row(404, 'not_found_error', 'not_found', 'Not found.'),
  item_not_found: row(404, 'invalid_request_error', 'item_not_found', 'The item was not found.'),
  model_not_found: row(404, 'not_found_error', 'model_not_found', 'The model does not exist.'),
  method_not_allowed: row(
    405,
    'invalid_request_error',
    'method_not_allowed',
    'This method is not allowed for this path.',
  ),
  idempotency_key_in_use: row(
    409,
    'conflict_error',
    'idempotency_key_in_use',
    'A request with this Idempotency-Key is still being answered.',
    1,
  ),
  external_connector_error: row(
    424,
    'external_connector_error',
    'http_error',
    'Error retrieving tool list from an MCP server.',
  ),
  failed_after_calls: row(
    424,
    'server_error',
    'failed_after_calls',
    'The answer has failed after tools were called: the same request would call them again.',
  ),
  idempotency_key_reused: row(
    422,
    'invalid_request_error',
    'idempotency_key_reused',
    'This Idempotency-Key was used with another request body.',
  ),
  conflict: row(409, 'conflict_error', 'conflict', 'The request conflicts with another request.'),
  request_timeout: row(
    408,
    'invalid_request_error',
    'request_timeout',
    'The request was not received in time.',
  ),
  request_too_large: row(413, 'invalid_request_error', 'request_too_large', 'The request body is too large.'),
  unsupported_media_type: row(
    415,
    'invalid_request_error',
    'unsupported_media_type',
    'The request body must be JSON: send Content-Type: application/json.',
  ),
  websocket_disabled: row(
    426,
    'invalid_request_error',
    'websocket_disabled',
    'WebSocket connections are disabled: use POST /v1/responses.',
  ),
  rate_limit_exceeded: row(429, 'rate_limit_error', 'rate_limit_exceeded', 'Too many requests.', 1),
  headers_too_large: row(
    431,
    'invalid_request_error',
    'headers_too_large',
    'The request headers are too large.',
  ),
  internal_error: row(
    500,
    'server_error',
    'server_error',
    'The server had an error while processing your request.',
  ),
  upstream_unauthorized: row(
    502,
    'server_error',
    'upstream_unauthorized',
    "The model server refused the gateway's credentials.",
  ),
  upstream_unreachable: row(
    502,
    'server_error',
    'upstream_unreachable',
    'The model server cannot be reached.',
    1,
  ),
  upstream_error: row(502, 'server_error', 'upstream_error', 'The model server returned an error.'),
  upstream_protocol_error: row(
    502,
    'server_error',
    'upstream_protocol_error',
    'The model server sent an invalid response.',
  ),
  upstream_incomplete: row(
    502,
    'server_error',
    'upstream_incomplete',
    'The model server closed the connection before the response was complete.',
  ),
  output_schema_violation: row(
    502,
    'server_error',
    'output_schema_violation',
    "The model's output does not match the JSON schema.",
  ),
  output_schema_unchecked: row(
    502,
    'server_error',
    'output_schema_unchecked',
    "The model's output could not be validated against the JSON schema in time.",
  ),
  upstream_overloaded: row(503, 'server_error', 'server_is_overloaded', 'The model server is overloaded.', 1),
  overloaded: row(
    503,
    'server_error',
    'server_is_overloaded',
    'The gateway is overloaded. Try again in a moment.',
    2,
  ),
  shutting_down: row(503, 'server_error', 'server_is_overloaded', 'The gateway is shutting down.', 1),
  store_unavailable: row(
    503,
    'server_error',
    'store_unavailable',
    'What is kept between requests cannot be reached at the moment.',
    1,
  ),
  auth_unavailable: row(
    503,
    'server_error',
    'auth_unavailable',
    'Tokens cannot be checked at the moment.',
    5,
  ),
  not_ready: row(503, 'server_error', 'not_ready', 'The gateway is not ready.', 1),
  upstream_timeout: row(504, 'server_error', 'upstream_timeout', 'The model server did not answer in time.'),
} as const satisfies Record<string, ErrorRow>;

/** @public */
export type ErrorName = keyof typeof ERROR_TABLE;

function row(status: number, type: string, code: string, message: string, retryAfter?: number): ErrorRow {
  return { status, type, code, message, retryAfter };
}
