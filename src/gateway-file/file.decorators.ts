import { ValidateIf } from 'class-validator';

/**
 * A key that may be left out. Unlike with `IsOptional`, what stands behind it must not be empty (null): that is a part of the file which
 * somebody has only half commented out.
 */
export const MayBeAbsent = (): PropertyDecorator =>
  ValidateIf((_entry: unknown, value: unknown) => value !== undefined);
