import { invalidRequest } from '../../errors/gateway-error.js';
import { nameOf, readArray, readObject } from './read-field.js';

/** Tokens, as OpenAI has it: a summary needs something to sum up. */
const LOWEST = 1_000;

/** The wish to have a context compacted when it has become long. */
export interface CompactionWish {
  /** Tokens; null: the gateway chooses. */
  threshold: number | null;
}

/**
 * Reads `context_management`.
 *
 * @returns null where the request does not say it; `none` where it says that it wants nothing
 * @throws GatewayError (400) whose `param` is the path of what is wrong
 */
export function readContextManagement(value: unknown): CompactionWish | 'none' | null {
  if (value === undefined || value === null) return null;
  const thresholds = readArray(value, 'context_management').map((entry, index) =>
    readThreshold(entry, `context_management[${index}]`),
  );
  if (thresholds.length === 0) return 'none';
  const given = thresholds.filter((threshold) => threshold !== null);
  return { threshold: given.length === 0 ? null : Math.min(...given) };
}

function readThreshold(entry: unknown, path: string): number | null {
  const { type, compact_threshold: threshold = null } = readObject(entry, path);
  if (type !== 'compaction') {
    const given = typeof type === 'string' ? `'${type.slice(0, 64)}'` : nameOf(type);
    throw invalidRequest(`${path}.type`, `Expected 'compaction', got ${given}.`);
  }
  if (threshold === null || (Number.isSafeInteger(threshold) && Number(threshold) >= LOWEST))
    return threshold as number | null;
  throw invalidRequest(
    `${path}.compact_threshold`,
    `Expected a whole number of tokens, ${LOWEST} or more, got ${typeof threshold === 'number' ? threshold : nameOf(threshold)}.`,
  );
}
