import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, seen from where the benchmark is compiled to: bench/build/js. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const BENCH = join(ROOT, 'bench');
/** Binaries, request bodies and logs of gateways; not committed. */
export const BUILD = join(BENCH, 'build');
/** What runs leave behind; not committed. */
export const RESULTS = join(BENCH, 'results');

export function makeFolders(): void {
  for (const folder of [BUILD, RESULTS]) mkdirSync(folder, { recursive: true });
}
