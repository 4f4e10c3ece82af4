import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { inForce } from '../config/extension-point.js';
import { callOf } from '../http/current-call.decorator.js';
import { isPublic } from '../http/public.decorator.js';
import { AuthStrategy } from './auth-strategy.js';

/** Asks the auth strategy who calls, for every route that is not marked `@Public()`. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(inForce(AuthStrategy)) private readonly strategy: AuthStrategy,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(this.reflector, context)) return true;
    const call = callOf(context);
    call.caller = await this.strategy.authenticate({
      authorization: call.authorization,
      header: (name) => call.header(name),
    });
    return true;
  }
}
