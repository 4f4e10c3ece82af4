/** The JSON values of what a tool has put out: the whole text, or each line of it that is one. */
export function jsonOfOutput(text: string): unknown[] {
  const whole = parse(text);
  if (whole !== undefined) return [whole];
  return text
    .split('\n')
    .map(parse)
    .filter((value) => value !== undefined);
}

/** @returns undefined for what is no JSON object or list */
function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
