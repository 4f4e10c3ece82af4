const MAX_NAMES = 20;
const MAX_LENGTH = 100;

/** Names for the eye, e.g. `a, b and 7 more`. @returns '' for none */
export function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, MAX_NAMES)
    .map((name) => (name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH)}…` : name))
    .join(', ');
  const left = names.length - MAX_NAMES;
  return left > 0 ? `${shown} and ${left} more` : shown;
}
