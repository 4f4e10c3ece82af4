import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const ENV_FILE = '.env';

/** The variables that the application is going to see, before it is there: those of `.env`, overridden by the environment. */
export function readVariables(): Record<string, string | undefined> {
  const file = existsSync(ENV_FILE) ? parseEnv(readFileSync(ENV_FILE, 'utf8')) : {};
  return { ...file, ...process.env };
}
