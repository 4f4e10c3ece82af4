/**
 * `json.dumps` of Python: ", " and ": " between entries, non-ASCII escaped unless told otherwise.
 * LMDeploy's stream chunks and tool arguments go through it, its other bodies do not.
 */
export function pythonDumps(value: unknown, ensureAscii = true): string {
  const text = dump(value);
  return ensureAscii ? text.replace(/[^\x20-\x7e]/g, escapeUnit) : text;
}

function dump(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => dump(entry)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${dump(entry)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
