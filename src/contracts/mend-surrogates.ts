const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
/** Every escape of a JSON text, pairs of surrogates as one; a surrogate that stands alone is captured. */
const ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u([dD][89a-fA-F][\da-fA-F]{2})|[^])/g;

/**
 * JSON text without lone surrogates, keys included: each becomes U+FFFD. They are no characters, cannot be written as UTF-8, and strict
 * readers (Rust, Python) fail on the whole text. Any escape of one is searched for first, so text without pays for no more than that.
 *
 * @param json text whose lone surrogates are escaped, as JSON.stringify writes them and as UTF-8 forces clients to
 */
export function mendSurrogates(json: string): string {
  if (!SURROGATE_ESCAPE.test(json)) return json;
  return json.replace(ESCAPE, (escape, lone?: string) => (lone === undefined ? escape : '\\ufffd'));
}
