import { createRequire } from 'node:module';
import { Injectable } from '@nestjs/common';
import type { ValidateFunction } from 'ajv';
import { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';

const load = createRequire(import.meta.url);

const CACHED_SCHEMAS = 200;
/** Compiling takes longer than linear time: what is larger is left to the model server's own guidance. */
const MAX_SCHEMA_CHARACTERS = 100_000;

type CheckText = (text: string) => GatewayError | null;

/** Checks finished text against the strict JSON schema of the request, since not every model server guarantees it. */
@Injectable()
export class OutputChecker {
  private readonly validators = new Map<string, ValidateFunction | null>();

  constructor(private readonly environment: Environment) {}

  /**
   * @param schema null where the request has no strict schema
   * @param warn gets told of a violation where STRICT_OUTPUT is `warn`
   * @returns the check, or undefined where nothing is to be checked
   */
  checkFor(schema: Record<string, unknown> | null, warn: (warning: string) => void): CheckText | undefined {
    const mode = this.environment.STRICT_OUTPUT;
    const validator = schema === null || mode === 'off' ? null : this.validatorFor(schema);
    if (!validator) return undefined;
    return (text) => {
      const problem = findProblem(text, validator);
      if (problem === null) return null;
      if (mode === 'fail')
        return new GatewayError('output_schema_violation', { message: `${VIOLATION}: ${problem}.` });
      warn('output_schema_violation');
      return null;
    };
  }

  private validatorFor(schema: Record<string, unknown>): ValidateFunction | null {
    const key = JSON.stringify(schema);
    let validator = this.validators.get(key);
    if (validator === undefined) {
      validator = compile(key, schema);
      const [oldest] = this.validators.keys();
      if (this.validators.size >= CACHED_SCHEMAS && oldest !== undefined) this.validators.delete(oldest);
      this.validators.set(key, validator);
    }
    return validator;
  }
}

const VIOLATION = "The model's output does not fit the JSON schema";

/** A schema that cannot be compiled cannot be checked; the request was the client's and is served all the same. */
function compile(key: string, schema: Record<string, unknown>): ValidateFunction | null {
  if (key.length > MAX_SCHEMA_CHARACTERS) return null;
  try {
    const { $schema: _dialect, $id: _id, ...plain } = schema;
    // Loaded with the first strict schema: many gateways never see one.
    const { Ajv } = load('ajv') as typeof import('ajv');
    return new Ajv({ strict: false, validateFormats: false, logger: false }).compile(plain);
  } catch {
    return null;
  }
}

function findProblem(text: string, validator: ValidateFunction): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (validator(value)) return null;
  const [error] = validator.errors ?? [];
  return error
    ? `${error.instancePath || 'the value'} ${error.message ?? 'is not valid'}`
    : 'it is not valid';
}
