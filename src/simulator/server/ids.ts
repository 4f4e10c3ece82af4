import { randomInt } from 'node:crypto';

/** shortuuid's alphabet: no characters that look alike. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** An id as `shortuuid.random()` makes it: 22 characters. */
export function shortUuid(): string {
  return Array.from({ length: 22 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The current second, as in `created`. */
export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
