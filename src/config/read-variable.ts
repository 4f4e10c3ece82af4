import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readFlag } from './units.js';

const FILE = '.env';

/**
 * One variable ahead of all others: it decides which modules there are.
 *
 * @param overrides variables that win over the process environment and `.env`
 */
export function readVariable(name: string, overrides: Record<string, string> = {}): string {
  return overrides[name] ?? process.env[name] ?? readFile()[name] ?? '';
}

/** The same for a flag, which is on unless it is switched off. A value that is none is refused later, together with all others. */
export function isSwitchedOn(name: string, overrides?: Record<string, string>): boolean {
  return readFlag(readVariable(name, overrides).trim()) !== false;
}

function readFile(): NodeJS.Dict<string> {
  return existsSync(FILE) ? parseEnv(readFileSync(FILE, 'utf8')) : {};
}
