const MAX_NAMES = 20;
const MAX_LENGTH = 100;

/** Names for the eye, e.g. `a, b and 7 more`. @returns '' for none */
export function listNames(names: readonly string[], max = MAX_NAMES): string {
  const shown = names
    .slice(0, max)
    .map((name) => (name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH)}…` : name))
    .join(', ');
  const left = names.length - max;
  return left > 0 ? `${shown} and ${left} more` : shown;
}
