import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const IS_IN_FLIGHT = 'responses-gateway:in-flight';

/** Marks a handler that has the model server work: its requests count among MAX_IN_FLIGHT, wait, and are refused beyond it. */
export const InFlight = (): MethodDecorator => SetMetadata(IS_IN_FLIGHT, true);

export function isInFlight(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(IS_IN_FLIGHT, context.getHandler()) ?? false;
}
