/**
 * How a body is cut into writes: not at all, into single bytes, at the given offsets, or into
 * pseudo-random pieces of 1 to `max` (default 40) bytes that depend on the seed alone.
 */
export type SplitMode = 'whole' | 'bytes' | readonly number[] | { seed: number; max?: number };

/** Cuts bytes apart, also inside of multi-byte characters. The pieces joined are the input. */
export function splitBytes(bytes: Buffer, mode: SplitMode): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const end of [...cuts(bytes.length, mode), bytes.length]) {
    if (end > start) pieces.push(bytes.subarray(start, end));
    start = Math.max(start, end);
  }
  return pieces;
}

function cuts(length: number, mode: SplitMode): number[] {
  if (mode === 'whole') return [];
  if (mode === 'bytes') return Array.from({ length }, (_, index) => index + 1);
  if ('seed' in mode) return randomCuts(length, mode.seed, mode.max ?? 40);
  return mode.filter((offset) => offset < length).sort((a, b) => a - b);
}

function randomCuts(length: number, seed: number, max: number): number[] {
  const random = mulberry32(seed);
  const offsets: number[] = [];
  let offset = 1 + Math.floor(random() * max);
  while (offset < length) {
    offsets.push(offset);
    offset += 1 + Math.floor(random() * max);
  }
  return offsets;
}

/** A tiny seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
