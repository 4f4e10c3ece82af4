import { Injectable, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { CreateResponseDto } from './create-response.dto.js';

/** A checked body, and the names of its fields that nobody here knows. */
export interface CheckedRequest {
  body: CreateResponseDto;
  unknownFields: string[];
}

const DOCUMENTED_WITHOUT_VALIDATOR = ['input', 'tool_choice', 'conversation', 'prompt'];

/**
 * Checks the envelope with class-validator. Only known fields are taken over, and by reference: turning a long `input` into
 * class instances would block the event loop for longer than everything else the gateway does.
 */
@Injectable()
export class CreateResponsePipe implements PipeTransform<unknown, CheckedRequest> {
  private readonly fields: ReadonlySet<string> = new Set([
    ...validatedFields(),
    ...DOCUMENTED_WITHOUT_VALIDATOR,
  ]);

  /** @throws GatewayError (400) naming the first field that is wrong */
  transform(raw: unknown): CheckedRequest {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      throw invalidRequest(null, 'The body must be a JSON object.');
    }
    const body = new CreateResponseDto();
    const unknownFields: string[] = [];
    for (const [name, value] of Object.entries(raw)) {
      if (!this.fields.has(name)) unknownFields.push(name);
      else if (value !== null) (body as unknown as Record<string, unknown>)[name] = value;
    }
    const { model } = body as Partial<CreateResponseDto>;
    if (model === undefined || model === '') {
      throw new GatewayError('missing_parameter', { param: 'model', message: 'model is required.' });
    }
    const [problem] = validateSync(body, { stopAtFirstError: true });
    if (problem) throw asError(problem);
    return { body, unknownFields };
  }
}

function validatedFields(): string[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(CreateResponseDto, '', false, false)
    .map(({ propertyName }) => propertyName);
}

function asError({ property, constraints }: ValidationError): GatewayError {
  const [message] = Object.values(constraints ?? {});
  return invalidRequest(property, `Invalid value for '${property}': ${message ?? 'it is not valid'}.`);
}
