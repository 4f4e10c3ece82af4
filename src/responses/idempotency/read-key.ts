import { createHash } from 'node:crypto';
import { invalidRequest } from '../../errors/gateway-error.js';
import type { RequestContext } from '../../request/request-context.js';

const HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** @returns null where the request has none. @throws GatewayError for one that is too long, or of odd characters */
export function readIdempotencyKey(context: Pick<RequestContext, 'header'>): string | null {
  const key = context.header(HEADER);
  if (key === undefined || key === '') return null;
  if (KEY.test(key)) return key;
  throw invalidRequest(HEADER, 'Expected an Idempotency-Key of 1 to 255 printable ASCII characters.');
}

/** What stands for texts that may be long, or are not to be seen. */
export function digestOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  // With the length, so that no other texts give the same.
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest('hex');
}
