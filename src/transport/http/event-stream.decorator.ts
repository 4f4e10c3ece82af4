import { HttpCode, Res, SetMetadata } from '@nestjs/common';

export const EVENT_STREAM = 'responses-gateway:event-stream';

/**
 * Marks a handler that returns an Observable of Responses events. The event writer answers it, as a stream or as one
 * object; the response parameter that is appended to the handler's own tells Nest so.
 */
export function EventStream(): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as unknown as (...args: unknown[]) => unknown;
    Res()(target, key, handler.length);
    SetMetadata(EVENT_STREAM, true)(target, key, descriptor);
    HttpCode(200)(target, key, descriptor);
  };
}
