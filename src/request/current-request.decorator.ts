import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestContext } from './request-context.js';

const CONTEXT = Symbol('request context');

type RequestWithContext = IncomingMessage & { [CONTEXT]?: RequestContext };

export function attachContext(request: IncomingMessage, context: RequestContext): void {
  (request as RequestWithContext)[CONTEXT] = context;
}

/** Whether the request is on its way already, and only looks for its route once more. */
export function hasContext(request: IncomingMessage): boolean {
  return (request as RequestWithContext)[CONTEXT] !== undefined;
}

/** @throws Error when the request did not pass the request-context middleware */
export function contextOfRequest(request: IncomingMessage): RequestContext {
  const context = (request as RequestWithContext)[CONTEXT];
  if (!context) throw new Error('The request has no context: create the app with createGateway().');
  return context;
}

/** The request context in a guard's or interceptor's execution context. @public */
export function requestContextOf(context: ExecutionContext): RequestContext {
  return contextOfRequest(context.switchToHttp().getRequest<IncomingMessage>());
}

/** Injects the {@link RequestContext} of the request into a handler's parameter. @public */
export const CurrentRequest = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  requestContextOf(context),
);
