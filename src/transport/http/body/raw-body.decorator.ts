import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const RAW_BODY = 'responses-gateway:raw-body';

/** Marks a handler that gets its JSON body as the bytes that it came in, unpacked but not parsed. */
export const RawBody = (): MethodDecorator => SetMetadata(RAW_BODY, true);

export function isRawBody(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(RAW_BODY, context.getHandler()) ?? false;
}
