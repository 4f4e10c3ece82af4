import { isObject } from '../contracts/raw-object.js';
import type { ToolImage } from './tool-session.js';

const TYPES = /^image\/(?:png|jpe?g|gif|webp)$/i;
/** How a file of each type begins, as Latin-1. */
const MAGIC: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];
const MAGIC_BYTES = 12;
const MAX_IMAGES = 16;

/**
 * An image as it can be put into the next question; anything else would have that refused.
 *
 * @param maxBytes of the image, decoded
 * @returns null for what is none
 */
export function readImage(image: unknown, maxBytes: number): ToolImage | null {
  if (!isObject(image)) return null;
  const { mimeType, data } = image;
  if (typeof mimeType !== 'string' || typeof data !== 'string') return null;
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

/** Those of a list that are images, as many as one result may have. */
export function readImages(images: readonly unknown[], maxBytes: number): ToolImage[] {
  return images.flatMap((image) => readImage(image, maxBytes) ?? []).slice(0, MAX_IMAGES);
}
