import { cpSync } from 'node:fs';
import path from 'node:path';

const SOURCES = path.join(import.meta.dirname, '../src');

/** Copies what tsc leaves out, such as workers in plain JavaScript, to the same places below `folder`. */
export function copyAssets(folder) {
  cpSync(SOURCES, folder, { recursive: true, filter: (file) => !file.endsWith('.ts') });
}
