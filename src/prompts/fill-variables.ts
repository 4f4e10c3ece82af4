import { isObject, type RawObject } from '../contracts/raw-object.js';
import { invalidRequest } from '../errors/gateway-error.js';

/** The value of a variable: a text, or a part of a message. */
export type VariableValue = string | RawObject;
export type Variables = Readonly<Record<string, VariableValue>>;

const VARIABLE = /\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/g;
const WHOLE = /^\{\{\s*([A-Za-z_][\w-]*)\s*\}\}$/;

/** Names of the variables that a template has. */
export function listVariables(template: unknown): Set<string> {
  const names = [...textsOf(template)].flatMap((text) => [...text.matchAll(VARIABLE)]);
  return new Set(names.map(([, name = '']) => name));
}

/**
 * Puts values where a template says `{{name}}`. A value is not looked at again, whatever it looks like. An element of a message's
 * `content` that is nothing but a variable becomes a part of the message.
 *
 * @throws GatewayError (400) naming the variable that is missing, or that is no text where one is needed
 */
export function fillVariables(template: unknown, values: Variables): unknown {
  if (typeof template === 'string') return fillText(template, values);
  if (Array.isArray(template)) return template.map((each) => fillVariables(each, values));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, field]) => [
      key,
      key === 'content' && Array.isArray(field)
        ? field.map((part) => fillPart(part, values))
        : fillVariables(field, values),
    ]),
  );
}

function fillPart(part: unknown, values: Variables): unknown {
  const name = typeof part === 'string' ? WHOLE.exec(part)?.[1] : undefined;
  if (name === undefined) {
    return typeof part === 'string'
      ? { type: 'input_text', text: fillText(part, values) }
      : fillVariables(part, values);
  }
  const value = valueOf(name, values);
  return typeof value === 'string' ? { type: 'input_text', text: value } : value;
}

function fillText(text: string, values: Variables): string {
  return text.replace(VARIABLE, (_found, name: string) => {
    const value = valueOf(name, values);
    if (typeof value === 'string') return value;
    if (typeof value.text === 'string') return value.text;
    throw invalidRequest(
      `prompt.variables.${name}`,
      `The prompt has '${name}' within a text: expected a text.`,
    );
  });
}

function valueOf(name: string, values: Variables): VariableValue {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  throw invalidRequest('prompt.variables', `Missing prompt variables: '${name}'.`);
}

function* textsOf(template: unknown): Generator<string> {
  if (typeof template === 'string') yield template;
  else if (typeof template === 'object' && template !== null)
    for (const field of Object.values(template)) yield* textsOf(field);
}
