import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mendSurrogates } from '../../../contracts/mend-surrogates.js';
import { GatewayError, toGatewayError } from '../../../errors/gateway-error.js';
import { createUnpackers } from './content-codings.js';
import { type BodyLimits, readBody } from './read-body.js';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
/** What nearly every client sends. */
const PLAIN_TYPE = /^application\/json(?:; *charset="?utf-8"?)?$/i;
const CHARSET = /; *charset *= *"?([^\s";]*)/i;

type Done = (error: GatewayError | null, body?: unknown) => void;

export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}

/** Whether the client waits for 100 Continue before it sends its body. */
export function expectsContinue({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersionMinor > 0 && /\b100-continue\b/i.test(headers.expect);
}

/**
 * Reads the body of a request: JSON only, UTF-8 only, bounded. It is not read where the headers already rule it out.
 *
 * @param read what is made of its bytes; it may throw
 * @param done called once, or not at all when the client leaves before
 * @returns a function that stops reading
 */
export function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  read: (bytes: Buffer) => unknown,
  done: Done,
): () => void {
  let unpackers;
  try {
    checkType(request.headers['content-type']);
    unpackers = createUnpackers(request.headers['content-encoding'], limits.bytes);
    if (Number(request.headers['content-length']) > limits.bytes) throw new GatewayError('request_too_large');
  } catch (error) {
    done(toGatewayError(error));
    return () => undefined;
  }
  if (expectsContinue(request)) response.writeContinue();
  return readBody(request, unpackers, limits, (error, bytes) => {
    if (error) {
      done(error);
      return;
    }
    let body: unknown;
    try {
      body = read(checkEncoding(bytes));
    } catch (cause) {
      done(toGatewayError(cause));
      return;
    }
    done(null, body);
  });
}

/** @throws GatewayError */
function checkType(type: string | undefined): void {
  if (type === undefined || !JSON_TYPE.test(type)) throw new GatewayError('unsupported_media_type');
  if (PLAIN_TYPE.test(type)) return;
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  // UTF-16 and UTF-32 fail the UTF-8 check of the bytes.
  if (!charset.startsWith('utf')) throw new GatewayError('unsupported_media_type');
}

/** @throws GatewayError when the bytes are not UTF-8 */
function checkEncoding(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) throw new GatewayError('invalid_encoding');
  return bytes;
}

/** @throws GatewayError when the bytes are no JSON */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(mendSurrogates(text.startsWith('\uFEFF') ? text.slice(1) : text));
  } catch (cause) {
    throw new GatewayError('invalid_json', { cause });
  }
}
