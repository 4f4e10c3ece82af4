import type { RawObject } from '../contracts/raw-object.js';
import type { ToolImage } from '../tools/tool-session.js';

const TYPES = /^image\/(?:png|jpe?g|gif|webp)$/i;
/** How a file of each type begins, as Latin-1. */
const MAGIC: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];
const MAGIC_BYTES = 12;

/**
 * The image of a block, if it is one that can be put into the next question; anything else would have that refused.
 *
 * @param maxBytes of the image, decoded
 */
export function readImage({ type, mimeType, data }: RawObject, maxBytes: number): ToolImage | null {
  if (type !== 'image' || typeof mimeType !== 'string' || typeof data !== 'string') return null;
  const bytes = Buffer.from(data, 'base64');
  const whole = bytes.toString('base64');
  const start = bytes.toString('latin1', 0, MAGIC_BYTES);
  const real = MAGIC.find(([, magic]) => magic.test(start))?.[0];
  // Decoding passes over what is no base64.
  const isSound = unpadded(whole) === unpadded(data) && bytes.length <= maxBytes;
  return real !== undefined && isSound && TYPES.test(mimeType) ? { mimeType: real, data: whole } : null;
}

function unpadded(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}
