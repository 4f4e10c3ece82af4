import type { RawObject } from '../../contracts/raw-object.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { nameOf } from './read-field.js';

const PAIRS = 16;
const KEY_LENGTH = 64;
const VALUE_LENGTH = 512;

/**
 * The metadata of a response or conversation; none counts as empty.
 *
 * @throws GatewayError (400) naming the pair that is wrong
 */
export function readMetadata(metadata: RawObject | null | undefined): Record<string, string> {
  const entries = Object.entries(metadata ?? {});
  if (entries.length > PAIRS) {
    throw invalidRequest('metadata', `Expected at most ${PAIRS} pairs, got ${entries.length}.`);
  }
  for (const [key, value] of entries) {
    if (key.length > KEY_LENGTH) {
      throw invalidRequest('metadata', `Keys may have at most ${KEY_LENGTH} characters.`);
    }
    if (typeof value !== 'string') {
      throw invalidRequest(`metadata.${key}`, `Expected a string, got ${nameOf(value)}.`);
    }
    if (value.length > VALUE_LENGTH) {
      throw invalidRequest(`metadata.${key}`, `Values may have at most ${VALUE_LENGTH} characters.`);
    }
  }
  return Object.fromEntries(entries) as Record<string, string>;
}
