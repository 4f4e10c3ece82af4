import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestContextOf } from '../request/current-request.decorator.js';

/** Injects who calls, as the auth strategy found out; null on public routes. @public */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => requestContextOf(context).caller,
);
