import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../../../errors/gateway-error.js';
import { ZstdUnpacker } from './zstd-unpacker.js';

const CHUNK = { chunkSize: 65_536 };
const SUPPORTED = 'zstd, br, gzip, deflate';
const MAX_LAYERS = 3;
const PRINTABLE = /^[\w.+-]{1,64}$/;

/**
 * The streams that decompress a body, in order.
 *
 * @param header `content-encoding`, the codings in the order in which they were applied
 * @param maxBytes that one of them may decompress at once
 * @throws GatewayError `unsupported_media_type`, naming the supported codings
 */
export function createUnpackers(header: string | undefined, maxBytes: number): Transform[] {
  if (header === undefined) return [];
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_LAYERS) throw unsupported(`more than ${MAX_LAYERS} codings`);
  return codings.reverse().map((coding) => createUnpacker(coding, maxBytes));
}

function createUnpacker(coding: string, maxBytes: number): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(CHUNK);
    case 'deflate':
      return createInflate(CHUNK);
    case 'br':
      return createBrotliDecompress(CHUNK);
    case 'zstd':
      return new ZstdUnpacker(maxBytes);
    default:
      throw unsupported(PRINTABLE.test(coding) ? `'${coding}'` : 'this one');
  }
}

function unsupported(what: string): GatewayError {
  return new GatewayError('unsupported_media_type', {
    message: `Unsupported Content-Encoding: ${what}. Supported: ${SUPPORTED}, or none.`,
    headers: { 'accept-encoding': SUPPORTED },
  });
}
