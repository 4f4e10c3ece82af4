import type { PipeTransform, Type } from '@nestjs/common';
import { validateSync, type ValidationError } from 'class-validator';
import { isObject } from '../../contracts/raw-object.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import type { Prompts } from '../../prompts/prompts.service.js';
import { compileChecks, type FieldCheck } from './compile-checks.js';

/** A validated body, and its unknown fields. */
export interface Checked<T> {
  body: T;
  unknownFields: Readonly<Record<string, unknown>>;
}

/**
 * Checks the top level of a request's body with class-validator. Only known fields are taken over, and by reference: turning a long
 * `input` into class instances would block the event loop for longer than everything else the gateway does. The validators
 * are called one by one; a body that one of them refuses goes through class-validator as a whole, for the words of the error.
 */
export abstract class BodyPipe<T extends object> implements PipeTransform<unknown, Checked<T>> {
  private readonly checks: ReadonlyMap<string, FieldCheck>;

  /**
   * @param required fields a body must hold; without a decorator a field of the class is not known here
   * @param prompts of which a body may name one; absent: it may not
   */
  protected constructor(
    private readonly dto: Type<T>,
    private readonly required: readonly string[],
    private readonly prompts?: Prompts,
  ) {
    this.checks = compileChecks(dto);
  }

  /** @throws GatewayError (400) naming the first field that is wrong */
  transform(given: unknown): Checked<T> {
    if (!isObject(given)) {
      throw invalidRequest(null, 'The request body must be a JSON object.');
    }
    const raw = this.prompts?.fill(given, (field) => this.checks.has(field)) ?? given;
    const body = new this.dto();
    const fields = body as Record<string, unknown>;
    const unknown: [string, unknown][] = [];
    let isValid = true;
    for (const name of Object.keys(raw)) {
      const value = raw[name];
      const check = this.checks.get(name);
      if (value === null) continue;
      if (!check) {
        unknown.push([name, value]);
        continue;
      }
      fields[name] = value;
      isValid &&= check(value);
    }
    const missing = this.required.find((name) => fields[name] === undefined || fields[name] === '');
    if (missing !== undefined) {
      throw new GatewayError('missing_parameter', { param: missing, message: `${missing} is required.` });
    }
    if (!isValid) throw asError(validateSync(body, { stopAtFirstError: true }));
    return { body, unknownFields: Object.fromEntries(unknown) };
  }
}

function asError([problem]: ValidationError[]): GatewayError {
  const { property = null, constraints = {} } = problem ?? {};
  const [message] = Object.values(constraints);
  return invalidRequest(property, `Invalid value for '${property}': ${message ?? 'it is not valid'}.`);
}
