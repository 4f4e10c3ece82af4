import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

/**
 * A DTO with some fields of another, and their validators. `PickType` of @nestjs/mapped-types would have every start of the image load
 * class-validator a second time.
 */
export function pickFields<T extends object, K extends keyof T & string>(
  dto: Type<T>,
  fields: readonly K[],
): Type<Pick<T, K>> {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- validators are attached to it
  class PickedFields {}
  const storage = getMetadataStorage();
  for (const metadata of storage.getTargetValidationMetadatas(dto, '', false, false)) {
    if (!fields.includes(metadata.propertyName as K)) continue;
    storage.addValidationMetadata(Object.assign({}, metadata, { target: PickedFields }));
  }
  return PickedFields as Type<Pick<T, K>>;
}
