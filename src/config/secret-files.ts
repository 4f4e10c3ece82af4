import { readFileSync } from 'node:fs';

/** Variables whose value may be in a file, which the same name with _FILE behind it names. Read at the start, and not again. */
const READ_AT_START = ['ENCRYPTION_KEY', 'DATABASE_URL', 'REDIS_URL', 'OTEL_EXPORTER_OTLP_HEADERS'];
/** UPSTREAM_API_KEY_FILE is read by whoever uses the key, again and again. (API_KEYS_FILE adds to API_KEYS.) */
const EITHER = ['UPSTREAM_API_KEY', ...READ_AT_START];

type Variables = Readonly<Record<string, unknown>>;

/** Names of variables that are given as a value and as a file. */
export function findDoubles(given: Variables): string[] {
  return EITHER.filter((name) => name in given && fileOf(name) in given);
}

/** @returns the values that are in files; what cannot be read is left to the check of the variable that names the file */
export function readSecretFiles(given: Variables): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of READ_AT_START.filter((name) => !(name in given))) {
    const path = given[fileOf(name)];
    const text = typeof path === 'string' ? readText(path) : null;
    if (text !== null) values[name] = text;
  }
  return values;
}

/** @returns the name by which a variable was given: its own, or that of its file */
export function nameGiven(name: string, given: Variables): string {
  return READ_AT_START.includes(name) && fileOf(name) in given ? fileOf(name) : name;
}

export const fileOf = (name: string): string => `${name}_FILE`;

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
