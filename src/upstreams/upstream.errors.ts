import type { ErrorName } from '../errors/error-table.js';
import { GatewayError, type GatewayErrorOptions } from '../errors/gateway-error.js';
import { saysMediaRefused } from './media-refusal.js';
import { parsePythonJson } from './parse-python-json.js';
import { renameFields, renameParam } from './rename-fields.js';
import { scrubMessage } from './scrub-message.js';

const CONTEXT_OVERFLOW =
  /context[ _]length|maximum context|context window|context size|input length .* must be smaller|exceeds? the (?:available|model)|too many tokens|prompt is too long/i;
const UNKNOWN_MODEL = /model/i;
const EVENT_DATA = /^(?:(?:event|id):.*\r?\n)*data:(.*)/;
/** What says more than the name of a status, and is neither markup nor JSON that is cut. */
const SENTENCE = /^\s*(?![<{[])(?:\S+\s+){3}\S/;
const MAX_LOGGED_LENGTH = 200;
const CONNECTION_REFUSED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Statuses that matter more than the words beside them. */
const SAYS_MORE = new Set([401, 403, 408, 429, 503, 504]);
/** Statuses of a server without that route. */
const NOT_SERVED = new Set([404, 405, 501]);
const NO_SUCH_ROUTE = 'The model server does not serve this route.';
/** Errors of a client that speaks the server's API: it knows what its statuses mean. */
const KEEPS_STATUS = new Set<ErrorName>(['invalid_request', 'context_length_exceeded', 'unsupported_value']);
const TIMED_OUT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

interface UpstreamError {
  message: string | null;
  param: string | null;
  /** Status the error itself names, where it came inside a 200. */
  status: number | null;
}

export interface AnswerFacts {
  status: number;
  /** Value of the Retry-After header, seconds. */
  retryAfter?: number;
  /** Whether the credentials were the caller's own. */
  callersCredentials?: boolean;
  /** The gateway's own key, not to be handed on if the server repeats it. */
  key?: string;
  /** The client speaks the server's API: it knows its fields and statuses. */
  isForwarded?: boolean;
}

/** A request that a server has refused with an error status. */
export class UpstreamRefusal extends GatewayError {
  constructor(
    /** The server's own, where `status` is the client's. */
    readonly upstreamStatus: number,
    name: ErrorName,
    options: GatewayErrorOptions,
  ) {
    super(name, options);
  }
}

/** What an answer with an error status becomes, whatever its body looks like. */
export function errorOfAnswer(body: string, facts: AnswerFacts): UpstreamRefusal {
  return new UpstreamRefusal(facts.status, ...describeError(readBody(body), facts));
}

/** What an error object inside a stream (or inside a 200) becomes. @public */
export function errorInAnswer(error: unknown, key?: string): GatewayError {
  const read = readShape(error);
  return new GatewayError(...describeError(read, { status: read.status ?? 500, key }));
}

/** Whether a server has refused tools since nobody told it how the model writes calls. */
export function lacksToolParser(error: unknown): boolean {
  return (
    error instanceof GatewayError && error.status === 400 && error.message.includes('--tool-call-parser')
  );
}

/**
 * What a failed connection becomes.
 *
 * @param answered whether a byte of an answer has come
 */
export function errorOfConnection(error: NodeJS.ErrnoException, answered: boolean): GatewayError {
  const code = error.code ?? '';
  if (isNoHttp(code, error)) return new GatewayError('upstream_protocol_error', { cause: error });
  if (TIMED_OUT.has(code)) return new GatewayError('upstream_timeout', { cause: error });
  if (CONNECTION_REFUSED.has(code)) return new GatewayError('upstream_unreachable', { cause: error });
  return new GatewayError(answered ? 'upstream_incomplete' : 'upstream_unreachable', { cause: error });
}

/** What came is not HTTP, or not an answer; an end in the midst of one is a matter of the connection. undici's parser gives no codes. */
function isNoHttp(code: string, { name, message }: Error): boolean {
  if (code === 'UND_ERR_SOCKET') return message === 'bad response' || message === 'bad upgrade';
  return (
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    (name === 'HTTPParserError' && !message.includes('(Invalid EOF state)'))
  );
}

function describeError(error: UpstreamError, facts: AnswerFacts): [ErrorName, GatewayErrorOptions] {
  const { message } = error;
  const name = facts.isForwarded ? nameOfForwarded(facts, message ?? '') : nameOf(facts, message ?? '');
  const options = {
    message: wordsFor(name, message, facts),
    status: facts.isForwarded && KEEPS_STATUS.has(name) ? facts.status : undefined,
    param: paramOf(name, error, facts),
    retryAfter: facts.retryAfter,
    cause: describeForLog(facts.status, message, facts.key),
  };
  return [name, options];
}

/** Whether the server's words speak of the request, not of the server. */
function isForClient(name: ErrorName, status: number): boolean {
  if (name === 'unsupported_value') return true;
  return status >= 400 && status < 500 && status !== 401 && status !== 403;
}

function wordsFor(
  name: ErrorName,
  message: string | null,
  { status, key, isForwarded }: AnswerFacts,
): string | undefined {
  if (name === 'not_found') return NO_SUCH_ROUTE;
  if (!message || !isForClient(name, status)) return undefined;
  return scrubMessage(isForwarded ? message : renameFields(message), key);
}

function paramOf(
  name: ErrorName,
  { param }: UpstreamError,
  { status, key, isForwarded }: AnswerFacts,
): string | null {
  if (name === 'model_not_found') return 'model';
  if (name === 'unsupported_value' && !isForwarded) return 'input';
  if (param === null || !isForClient(name, status)) return null;
  return scrubMessage(isForwarded ? param : renameParam(param), key);
}

/** For the log: the server's own words, but not its whole body, which may repeat the request. */
function describeForLog(status: number, message: string | null, key?: string): string {
  const words = message === null ? '' : `: ${scrubMessage(message, key).slice(0, MAX_LOGGED_LENGTH)}`;
  return `the model server said ${status}${words}`;
}

function nameOf({ status, callersCredentials }: AnswerFacts, message: string): ErrorName {
  if (status >= 400 && !SAYS_MORE.has(status) && saysMediaRefused(message)) return 'unsupported_value';
  switch (status) {
    case 400:
    case 413:
    case 422:
      return CONTEXT_OVERFLOW.test(message) ? 'context_length_exceeded' : 'invalid_request';
    case 401:
      return callersCredentials ? 'invalid_api_key' : 'upstream_unauthorized';
    case 403:
      return callersCredentials ? 'permission_denied' : 'upstream_unauthorized';
    case 404:
      return UNKNOWN_MODEL.test(message) ? 'model_not_found' : 'upstream_protocol_error';
    case 408:
    case 504:
      return 'upstream_timeout';
    case 429:
      return 'rate_limit_exceeded';
    case 503:
      return 'upstream_overloaded';
    default:
      return CONTEXT_OVERFLOW.test(message) ? 'context_length_exceeded' : 'upstream_error';
  }
}

function nameOfForwarded(facts: AnswerFacts, message: string): ErrorName {
  const { status } = facts;
  if (NOT_SERVED.has(status) && !UNKNOWN_MODEL.test(message)) return 'not_found';
  const name = nameOf(facts, message);
  return name === 'upstream_error' && status >= 400 && status < 500 ? 'invalid_request' : name;
}

/** JSON, an event that holds it, or plain text. */
function readBody(body: string): UpstreamError {
  const event = EVENT_DATA.exec(body);
  try {
    return readShape(parsePythonJson(event?.[1] ?? body));
  } catch {
    const isText = event === null && SENTENCE.test(body);
    return { message: isText ? body.trim() : null, param: null, status: null };
  }
}

/** LMDeploy's flat form, FastAPI's `detail`, OpenAI's form (also in Google's list), and the proxy's `{error_code, text}`. */
function readShape(value: unknown): UpstreamError {
  if (Array.isArray(value)) return readShape(value[0]);
  const body = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof body.error === 'string') return { message: body.error, param: null, status: null };
  if (Array.isArray(body.detail)) return readValidation(body.detail);
  if (typeof body.detail === 'string') return { message: body.detail, param: null, status: null };
  if (typeof body.text === 'string' && 'error_code' in body)
    return { message: body.text, param: null, status: 500 };
  const source = (typeof body.error === 'object' && body.error !== null ? body.error : body) as Record<
    string,
    unknown
  >;
  return {
    message: typeof source.message === 'string' ? source.message : null,
    param: typeof source.param === 'string' ? source.param : null,
    status: typeof source.code === 'number' && source.code >= 400 && source.code < 600 ? source.code : null,
  };
}

function readValidation(detail: unknown[]): UpstreamError {
  const first = (detail[0] ?? {}) as { msg?: unknown; loc?: unknown };
  const location = Array.isArray(first.loc) ? first.loc.filter((part) => part !== 'body').join('.') : '';
  return {
    message: typeof first.msg === 'string' ? first.msg : null,
    param: location === '' ? null : location,
    status: null,
  };
}
