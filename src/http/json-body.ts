import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { ErrorName } from '../errors/error-table.js';
import { GatewayError, toGatewayError } from '../errors/gateway-error.js';

const MAX_DEPTH = 64;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;

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
export function jsonBody(limitBytes: number): RequestHandler[] {
  const parse = json({ limit: limitBytes, strict: false, type: () => true, verify: requireUtf8 });
  return [
    requireJson,
    (request, response, next) => {
      parse(request, response, (error?: unknown) => {
        next(error === undefined ? undefined : asBodyError(error));
      });
    },
    limitDepth,
  ];
}

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const type = request.headers['content-type'];
  if (hasBody(request) && (type === undefined || !JSON_TYPE.test(type))) {
    next(new GatewayError('unsupported_media_type'));
    return;
  }
  next();
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

function limitDepth(request: Request, _response: Response, next: NextFunction): void {
  next(depthError(request.body));
}

/** The error of a body that is nested too deep. */
export function depthError(body: unknown): GatewayError | undefined {
  if (!isDeeperThan(body, MAX_DEPTH)) return undefined;
  return new GatewayError('invalid_request', {
    message: `The body is nested deeper than ${MAX_DEPTH} levels.`,
  });
}

/** Level by level, without recursion: the depth is what cannot be trusted. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    const below: unknown[] = [];
    for (const node of level) {
      if (typeof node !== 'object' || node === null) continue;
      for (const child of Object.values(node)) {
        if (typeof child === 'object' && child !== null) below.push(child);
      }
    }
    level = below;
  }
  return false;
}
