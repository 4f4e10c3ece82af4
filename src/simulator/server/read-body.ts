import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';
import { findJsonError } from './json-position.js';
import { validationError } from './validation-error.js';

/** The whole body as text. */
export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The JSON value of a body.
 *
 * @throws ApiError for another content type, or text that is not JSON
 */
export function parseBody(text: string, contentType: string | undefined, version: string): unknown {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json') {
    throw ApiError.flat(400, "Unsupported Media Type: Only 'application/json' is allowed");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw validationError([{ loc: [findJsonError(text) ?? 0], msg: 'JSON decode error' }], version);
  }
}
