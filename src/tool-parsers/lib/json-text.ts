import type { SchemaView } from './schema-view.js';

const SPECIAL = /["\\\p{Cc}]/gu;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Numbers that Python writes and JSON does not know: `5.`, `.5`, `+5`. */
const LOOSE_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const LITERALS: Readonly<Record<string, string>> = {
  true: 'true',
  false: 'false',
  null: 'null',
  True: 'true',
  False: 'false',
  None: 'null',
  NaN: 'null',
};

/** Text as the inside of a JSON string. Pieces can be escaped one by one: halves of a surrogate pair are left alone. */
export function escapeText(text: string): string {
  return text.replace(SPECIAL, (char) => JSON.stringify(char).slice(1, -1));
}

export function quote(text: string): string {
  return `"${escapeText(text)}"`;
}

/**
 * A number or literal as the schema wants it: `120000.0` is an integer where one is asked for, `5` a text where only that is allowed.
 *
 * @returns JSON; null when the token is neither a number nor a literal
 */
export function readToken(token: string, schema: SchemaView): string | null {
  const literal = Object.hasOwn(LITERALS, token) ? LITERALS[token] : undefined;
  if (literal !== undefined) return fitLiteral(token, literal, schema);
  if (NUMBER.test(token)) return fitNumber(token, schema);
  return LOOSE_NUMBER.test(token) ? fitNumber(String(Number(token)), schema) : null;
}

function fitLiteral(token: string, literal: string, { types }: SchemaView): string {
  const isText = literal !== 'null' && types !== null && !types.has('boolean') && types.has('string');
  return isText ? quote(token) : literal;
}

function fitNumber(number: string, { types }: SchemaView): string {
  if (types === null || types.has('number')) return number;
  if (types.has('integer')) return asInteger(number) ?? number;
  return types.has('string') ? quote(number) : number;
}

function asInteger(number: string): string | null {
  const value = Number(number);
  if (!/[.eE]/.test(number) || !Number.isSafeInteger(value)) return null;
  return String(value === 0 ? 0 : value);
}
