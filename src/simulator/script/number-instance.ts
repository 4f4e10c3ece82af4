import { type Random, randomInteger } from '../engine/seeded-random.js';
import type { Json } from '../server/chat-request.js';

/** A number within the bounds of a schema. */
export function numberInstance(schema: Json, random: Random, whole: boolean): number {
  const step = bound(schema.multipleOf) ?? (whole ? 1 : 0.5);
  const low = lowest(schema, step);
  const high = highest(schema, step);
  const first = Math.ceil((low ?? Math.min(0, high ?? 0)) / step);
  const last = Math.floor((high ?? Math.max(100, first * step + 100)) / step);
  // Bounds closer than a step leave room only for a number between them.
  if (last < first) return ((low ?? 0) + (high ?? 0)) / 2;
  const value = randomInteger(random, first, last) * step;
  return Number(value.toPrecision(12));
}

const bound = (value: unknown) => (typeof value === 'number' ? value : undefined);

function lowest(schema: Json, step: number): number | undefined {
  const exclusive = bound(schema.exclusiveMinimum);
  if (exclusive === undefined) return bound(schema.minimum);
  return (Math.floor(exclusive / step) + 1) * step;
}

function highest(schema: Json, step: number): number | undefined {
  const exclusive = bound(schema.exclusiveMaximum);
  if (exclusive === undefined) return bound(schema.maximum);
  return (Math.ceil(exclusive / step) - 1) * step;
}
