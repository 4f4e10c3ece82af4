import type { Type } from '@nestjs/common';
import { getMetadataStorage, type ValidationArguments } from 'class-validator';

/** Whether a value passes the validators of one field. */
export type FieldCheck = (value: unknown) => boolean;

const CUSTOM = 'customValidation';
/** `@IsOptional()`: fields that are absent are not checked at all. */
const CONDITIONAL = 'conditionalValidation';

/**
 * The validators of a class by field, straight from class-validator's metadata. Its own executor gathers and groups these anew
 * for each object, present or not, which takes longer than the rest of a request; here each field that is present costs a call.
 *
 * @throws Error for validators that need the executor: nested objects, promises, `each`
 */
export function compileChecks(dto: Type<object>): ReadonlyMap<string, FieldCheck> {
  const storage = getMetadataStorage();
  const checks = new Map<string, FieldCheck>();
  for (const metadata of storage.getTargetValidationMetadatas(dto, '', false, false)) {
    const { propertyName: property, type, constraintCls, constraints } = metadata;
    const earlier = checks.get(property) ?? pass;
    checks.set(property, earlier);
    if (type === CONDITIONAL) continue;
    if (type !== CUSTOM || metadata.each)
      throw new Error(`${dto.name}.${property}: ${type} cannot be checked by itself`);
    const validators = storage.getTargetValidatorConstraints(constraintCls).map(({ instance }) => instance);
    const args: ValidationArguments = {
      targetName: dto.name,
      property,
      constraints,
      value: undefined,
      object: {},
    };
    checks.set(
      property,
      (value) => earlier(value) && validators.every((validator) => validator.validate(value, args) === true),
    );
  }
  return checks;
}

function pass(): boolean {
  return true;
}
