/** Tags that models hold as one token each; a parser sees them whole. */
const SPECIAL = '</?think>|</?tool_call>|<\\|[a-z_]+\\|>';

const TOKEN = new RegExp(`${SPECIAL}|\\s*(?:(?!${SPECIAL})\\S){1,6}|\\s+`, 'gu');

/** Above this many characters tokens are estimated: nobody checks, and a simulator should not be slow. */
const EXACT_LIMIT = 200_000;

/** Splits text into word pieces of up to six characters with the white space before them, as the recordings do. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** How many tokens a text is. */
export function countTokens(text: string): number {
  return text.length > EXACT_LIMIT ? Math.ceil(text.length / 4) : tokenize(text).length;
}
