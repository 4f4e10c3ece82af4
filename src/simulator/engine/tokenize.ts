/** Tags that models hold as one token each; a parser sees them whole. */
const SPECIAL = [
  '</?think>',
  '</?tool_call>',
  '</?minimax:tool_call>',
  '<function=',
  '</function>',
  '<parameter=',
  '</parameter>',
  '</?arg_key>',
  '</?arg_value>',
  '<\\|[a-z_]+\\|>',
  '</?｜DSML｜[a-z_]+>?',
  '<｜[^｜<>]+｜>',
  '\\[TOOL_CALLS\\]',
  '\\[ARGS\\]',
  '\\[/?THINK\\]',
].join('|');

const TOKEN = new RegExp(`${SPECIAL}|\\s*(?:(?!${SPECIAL})\\S){1,6}|\\s+`, 'gu');

/** Splits text into word pieces of up to six characters with the white space before them, as the recordings do. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** A stable made-up id for a token, for /v1/encode. */
export function tokenId(token: string): number {
  let hash = 0x811c9dc5;
  for (const char of token) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 151_000;
}
