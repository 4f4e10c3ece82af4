import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { requestContextOf } from '../request/current-request.decorator.js';
import { isInFlight } from '../request/in-flight.decorator.js';
import { budgetsOf } from './budgets-of.js';
import { RequestLimits } from './request-limits.service.js';

/**
 * Holds callers to their limits on routes that use the model server: behind the auth guard, which knows them, and before the in-flight
 * limit, so that a flood of one caller takes no place in its queue from the others.
 */
@Injectable()
export class LimitsGuard implements CanActivate {
  constructor(
    private readonly limits: RequestLimits,
    private readonly reflector: Reflector,
  ) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const context = requestContextOf(execution);
    const budgets = budgetsOf(context.caller);
    if (budgets.length === 0 || !isInFlight(this.reflector, execution)) return true;
    return this.limits.admit(context, budgets).then(() => true);
  }
}
