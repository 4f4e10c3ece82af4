import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { CallContext } from '../call/call-context.js';

const CALL = Symbol('call');

type RequestWithCall = Request & { [CALL]?: CallContext };

export function attachCall(request: Request, call: CallContext): void {
  (request as RequestWithCall)[CALL] = call;
}

/** Whether the request is on its way already, and only looks for its route once more. */
export function hasCall(request: Request): boolean {
  return (request as RequestWithCall)[CALL] !== undefined;
}

/** @throws Error when the request did not pass the request-context middleware */
export function callOfRequest(request: Request): CallContext {
  const call = (request as RequestWithCall)[CALL];
  if (!call) throw new Error('The request has no call context: create the app with createGateway().');
  return call;
}

/** The call of a guard's or interceptor's context. */
export function callOf(context: ExecutionContext): CallContext {
  return callOfRequest(context.switchToHttp().getRequest<Request>());
}

/** Injects the {@link CallContext} of the request into a handler's parameter. */
export const CurrentCall = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  callOf(context),
);
