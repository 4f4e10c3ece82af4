// @ts-check
// Runs in a thread of its own, under a deadline: schemas and the regular expressions in them are callers' programs. Plain
// JavaScript, since Node itself loads it, from the sources as well as from the build.
import { Ajv } from 'ajv';

const KEPT_SCHEMAS = 200;

/** @typedef {import('./verdict.js').Verdict} Verdict */

/** @type {Map<string, import('ajv').ValidateFunction | null>} */
const validators = new Map();

/**
 * @param {{ schema: string, text: string }} task the schema as JSON, and what a model has written
 * @returns {Verdict}
 * @throws RangeError where schema and text nest too deep for the thread's stack
 */
export default function checkText({ schema, text }) {
  const validator = validatorOf(schema);
  if (validator === null) return { kind: 'unusable' };
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', problem: 'it is not JSON' };
  }
  if (validator(value)) return { kind: 'fits' };
  const error = validator.errors?.[0];
  return {
    kind: 'broken',
    problem: error
      ? `${error.instancePath || 'the value'} ${error.message ?? 'is not valid'}`
      : 'it is not valid',
  };
}

/** @param {string} schema */
function validatorOf(schema) {
  const known = validators.get(schema);
  const validator = known === undefined ? compile(schema) : known;
  // Put in anew: the first is then the one that was longest without use.
  validators.delete(schema);
  validators.set(schema, validator);
  const [oldest] = validators.keys();
  if (validators.size > KEPT_SCHEMAS && oldest !== undefined) validators.delete(oldest);
  return validator;
}

/**
 * @param {string} schema
 * @returns {import('ajv').ValidateFunction | null} null where it is no schema that can be compiled
 */
function compile(schema) {
  const plain = JSON.parse(schema);
  delete plain.$schema;
  delete plain.$id;
  try {
    // Optimizing the code takes time that grows with the square of the schema's size, and saves little.
    const options = { strict: false, validateFormats: false, code: { optimize: false } };
    return new Ajv({ ...options, logger: false }).compile(plain);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return null;
  }
}
