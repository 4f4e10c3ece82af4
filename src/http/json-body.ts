import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { mendSurrogates } from '../contracts/mend-surrogates.js';
import type { ErrorName } from '../errors/error-table.js';
import { GatewayError, toGatewayError } from '../errors/gateway-error.js';
import { readBody } from './read-body.js';

const MAX_DEPTH = 64;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
/** Of a body that is read as it comes: not packed, and in no other character set. */
const PLAIN_TYPE = /^application\/json(?:; *charset="?utf-8"?)?$/i;

const NAME_BY_TYPE: Record<string, ErrorName> = {
  'entity.too.large': 'request_too_large',
  'entity.parse.failed': 'invalid_json',
  'entity.verify.failed': 'invalid_encoding',
  'charset.unsupported': 'unsupported_media_type',
  'encoding.unsupported': 'unsupported_media_type',
  'request.aborted': 'invalid_request',
  'request.size.invalid': 'invalid_request',
};

/** Body handling for the whole app: JSON only, UTF-8 only, bounded in size and depth. */
export function jsonBody(limitBytes: number): RequestHandler {
  const parse = json({ limit: limitBytes, strict: false, type: () => true, verify: requireUtf8 });
  return (request, response, next) => {
    if (!hasBody(request)) {
      if (request.headers['content-length'] !== undefined) request.body = {};
      next();
    } else if (isPlain(request)) readPlain(request, limitBytes, next);
    else readOther(parse, request, response, next);
  };
}

/** What nearly every client sends, without the generality of body-parser. */
function readPlain(request: Request, limitBytes: number, next: NextFunction): void {
  readBody(request, limitBytes, (error, bytes) => {
    if (error) {
      next(error);
      return;
    }
    try {
      request.body = parseJson(bytes);
    } catch (cause) {
      next(toGatewayError(cause));
      return;
    }
    next(depthError(request.body));
  });
}

function readOther(
  parse: ReturnType<typeof json>,
  request: Request,
  response: Response,
  next: NextFunction,
): void {
  const type = request.headers['content-type'];
  if (type === undefined || !JSON_TYPE.test(type)) {
    next(new GatewayError('unsupported_media_type'));
    return;
  }
  parse(request, response, (error?: unknown) => {
    next(error === undefined ? depthError(request.body) : asBodyError(error));
  });
}

function isPlain({ headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  return headers['content-encoding'] === undefined && type !== undefined && PLAIN_TYPE.test(type);
}

/** @throws GatewayError when the bytes are not UTF-8 or no JSON */
function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('invalid_encoding');
  if (bytes.length === 0) return {};
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(mendSurrogates(text.startsWith('\uFEFF') ? text.slice(1) : text));
  } catch (cause) {
    throw new GatewayError('invalid_json', { cause });
  }
}

function asBodyError(error: unknown): GatewayError {
  const { type = '', status = 500 } = error as { type?: string; status?: number };
  const name = NAME_BY_TYPE[type] ?? (status < 500 ? 'invalid_request' : undefined);
  return name ? new GatewayError(name, { cause: error }) : toGatewayError(error);
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function requireUtf8(_request: IncomingMessage, _response: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new Error('The body is not valid UTF-8.');
}

/** The error of a body that is nested too deep. */
export function depthError(body: unknown): GatewayError | undefined {
  if (!isDeeperThan(body, MAX_DEPTH)) return undefined;
  return new GatewayError('invalid_request', {
    message: `The body is nested deeper than ${MAX_DEPTH} levels.`,
  });
}

/** @param limit few enough levels for the stack: no branch is followed further */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  if (Array.isArray(value)) return value.some((child) => isDeeperThan(child, limit - 1));
  // No list of keys or values is made: a long input has thousands of objects.
  for (const key in value) {
    if (isDeeperThan((value as Record<string, unknown>)[key], limit - 1)) return true;
  }
  return false;
}
