const NOT_JSON = /([:,[]\s*)(-Infinity|Infinity|NaN)(?=\s*[,}\]])/g;
/** What OpenAI's API says for a token that cannot be. */
const IMPOSSIBLE = '-9999';

/**
 * JSON as Python servers write it: `-Infinity` and `NaN`, which stand for the logprob of a token that cannot be, are no JSON. Only a
 * text that does not parse is looked at for them.
 *
 * @throws SyntaxError when that does not help
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = text.replace(NOT_JSON, `$1${IMPOSSIBLE}`);
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}
