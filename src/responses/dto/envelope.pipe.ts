import type { PipeTransform, Type } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';

/** A checked body, and the names of its fields that nobody here knows. */
export interface Checked<T> {
  body: T;
  unknownFields: string[];
}

/** What a body may hold beyond the fields with a validator, and what it must hold. */
export interface EnvelopeRules {
  unvalidated: readonly string[];
  required: readonly string[];
}

/**
 * Checks the envelope of a request with class-validator. Only known fields are taken over, and by reference: turning a long
 * `input` into class instances would block the event loop for longer than everything else the gateway does.
 */
export abstract class EnvelopePipe<T extends object> implements PipeTransform<unknown, Checked<T>> {
  private readonly fields: ReadonlySet<string>;

  protected constructor(
    private readonly dto: Type<T>,
    private readonly rules: EnvelopeRules,
  ) {
    this.fields = new Set([...validatedFields(dto), ...rules.unvalidated]);
  }

  /** @throws GatewayError (400) naming the first field that is wrong */
  transform(raw: unknown): Checked<T> {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      throw invalidRequest(null, 'The body must be a JSON object.');
    }
    const body = new this.dto();
    const fields = body as Record<string, unknown>;
    const unknownFields: string[] = [];
    for (const [name, value] of Object.entries(raw)) {
      if (!this.fields.has(name)) unknownFields.push(name);
      else if (value !== null) fields[name] = value;
    }
    const missing = this.rules.required.find((name) => fields[name] === undefined || fields[name] === '');
    if (missing !== undefined) {
      throw new GatewayError('missing_parameter', { param: missing, message: `${missing} is required.` });
    }
    const [problem] = validateSync(body, { stopAtFirstError: true });
    if (problem) throw asError(problem);
    return { body, unknownFields };
  }
}

function validatedFields(dto: Type<object>): string[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(dto, '', false, false)
    .map(({ propertyName }) => propertyName);
}

function asError({ property, constraints }: ValidationError): GatewayError {
  const [message] = Object.values(constraints ?? {});
  return invalidRequest(property, `Invalid value for '${property}': ${message ?? 'it is not valid'}.`);
}
