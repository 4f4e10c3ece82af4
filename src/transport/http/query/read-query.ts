import { invalidRequest } from '../../../errors/gateway-error.js';

/** The query of a request, as Express reads it. */
export type Query = Readonly<Record<string, unknown>>;

/** What `include` may name; what it stands for is always part of an answer that has it. */
const ALWAYS_INCLUDED = new Set(['message.output_text.logprobs', 'reasoning.encrypted_content']);

/** @throws GatewayError (400) where it is given more than once */
export function readParameter(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalidRequest(name, `Expected one value of '${name}'.`);
}

/** @throws GatewayError (400) for anything but `true` and `false` */
export function readFlag(query: Query, name: string): boolean | undefined {
  const value = readParameter(query, name);
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw invalidRequest(name, "Expected 'true' or 'false'.");
  return value === 'true';
}

/** @throws GatewayError (400) for anything but a whole number within the bounds */
export function readWholeNumber(
  query: Query,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const value = readParameter(query, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw invalidRequest(name, `Expected an integer ${range}.`);
}

/**
 * `include=a`, `include[]=a` and either of them repeated.
 *
 * @returns names of those that have no effect, as `x-gateway-ignored` has them
 * @throws GatewayError (400) for what is no list of names
 */
export function readIgnoredIncludes(query: Query): string[] {
  const given = ['include', 'include[]'].flatMap((name) => query[name] ?? []);
  return given.flatMap((include) => {
    if (typeof include !== 'string') throw invalidRequest('include', 'Expected names.');
    return include === '' || ALWAYS_INCLUDED.has(include) ? [] : [`include:${include}`];
  });
}
