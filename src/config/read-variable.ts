import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const FILE = '.env';

/**
 * One variable ahead of all others: it decides which modules there are.
 *
 * @param overrides variables that win over the process environment and `.env`
 */
export function readVariable(name: string, overrides: Record<string, string> = {}): string {
  return overrides[name] ?? process.env[name] ?? readFile()[name] ?? '';
}

function readFile(): NodeJS.Dict<string> {
  return existsSync(FILE) ? parseEnv(readFileSync(FILE, 'utf8')) : {};
}
