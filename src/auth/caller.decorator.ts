import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { callOf } from '../http/current-call.decorator.js';

/** Injects who calls, as the auth strategy found out; null on public routes. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => callOf(context).caller,
);
