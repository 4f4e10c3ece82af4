import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { requestContextOf } from '../request/current-request.decorator.js';
import { isPublic } from '../request/public.decorator.js';
import { AuthStrategy } from './auth-strategy.js';

/** Asks the auth strategy who calls, for every route that is not marked `@Public()`. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @InjectExtension(AuthStrategy) private readonly strategy: AuthStrategy,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (isPublic(this.reflector, execution)) return true;
    const context = requestContextOf(execution);
    context.caller = await this.strategy.authenticate({
      authorization: context.authorization,
      header: (name) => context.header(name),
    });
    return true;
  }
}
