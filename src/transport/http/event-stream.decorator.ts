import { type ExecutionContext, HttpCode, Res, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const EVENT_STREAM = 'responses-gateway:event-stream';

/**
 * Marks a handler that returns an Observable of a run, or of an answer that is piped. Nest does not write these: the response parameter
 * that is appended to the handler's own tells it so.
 */
export function EventStream(): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as unknown as (...args: unknown[]) => unknown;
    Res()(target, key, handler.length);
    SetMetadata(EVENT_STREAM, true)(target, key, descriptor);
    HttpCode(200)(target, key, descriptor);
  };
}

export function isEventStream(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(EVENT_STREAM, context.getHandler()) ?? false;
}
