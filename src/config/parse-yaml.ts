import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/**
 * Reads the text of a YAML file.
 *
 * @param label begins the message
 * @throws Error naming the line and what is wrong with it, never what stands there: that may be a secret
 */
export function parseYaml(text: string, label: string): unknown {
  // Loaded where there is a file.
  const { parseDocument } = load('yaml') as typeof import('yaml');
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new Error(`${label}: is no YAML in line ${line}: ${error.code.toLowerCase().replaceAll('_', ' ')}`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    throw new Error(`${label}: has an alias (*) without its anchor (&), or too many`);
  }
  if (isEndless(value)) throw new Error(`${label}: has an alias (*) within what it stands for`);
  return value;
}

/** Whoever reads all of such a value never comes to an end. */
function isEndless(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}
