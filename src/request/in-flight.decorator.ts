import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const IS_IN_FLIGHT = 'responses-gateway:in-flight';

/** Marks a handler that uses the model server: its requests count towards MAX_IN_FLIGHT, and are queued or rejected beyond it. @public */
export const InFlight = (): MethodDecorator => SetMetadata(IS_IN_FLIGHT, true);

export function isInFlight(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(IS_IN_FLIGHT, context.getHandler()) ?? false;
}
