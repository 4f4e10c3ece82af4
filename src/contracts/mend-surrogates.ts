const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const ESCAPE_LENGTH = 6;
const HIGH = 0xd8;
const LOW = 0xdc;

/**
 * JSON text without lone surrogates, keys included: each becomes U+FFFD. They are no characters, cannot be written as UTF-8, and strict
 * readers (Rust, Python) fail on the whole text. Any escape of one is searched for first, so text without pays for no more than that.
 *
 * @param json text whose lone surrogates are escaped, as JSON.stringify writes them and as UTF-8 forces clients to
 */
export function mendSurrogates(json: string): string {
  if (!SURROGATE_ESCAPE.test(json)) return json;
  let mended = '';
  let copied = 0;
  let at = json.indexOf('\\');
  while (at >= 0) {
    const half = halfAt(json, at);
    if (half === null) at += 2;
    else if (half === HIGH && halfAt(json, at + ESCAPE_LENGTH) === LOW) at += 2 * ESCAPE_LENGTH;
    else {
      mended += `${json.slice(copied, at)}\\ufffd`;
      at += ESCAPE_LENGTH;
      copied = at;
    }
    at = json.indexOf('\\', at);
  }
  return mended + json.slice(copied);
}

/** Which half of a pair is escaped there; null: something else. */
function halfAt(json: string, at: number): typeof HIGH | typeof LOW | null {
  if (json[at] !== '\\' || json[at + 1] !== 'u') return null;
  const first = hexAt(json, at + 2) * 16 + hexAt(json, at + 3);
  if (!(first >= HIGH && first < 0xe0) || Number.isNaN(hexAt(json, at + 4) + hexAt(json, at + 5)))
    return null;
  return first < LOW ? HIGH : LOW;
}

function hexAt(json: string, at: number): number {
  const code = json.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}
