import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { GatewayError, requestContextOf, ResponsesController } from 'responses-gateway';
import { AcmeEnvironment } from './acme.environment.js';
import { UsageMeter } from './usage.meter.js';

/** Lets a caller ask for answers until the budget is used up. */
@Injectable()
export class BudgetGuard implements CanActivate {
  constructor(
    private readonly environment: AcmeEnvironment,
    private readonly meter: UsageMeter,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getClass() !== ResponsesController) return true;
    const { caller } = requestContextOf(context);
    if (!caller || this.meter.read(caller.id) < this.environment.ACME_BUDGET) return true;
    throw new GatewayError('rate_limit_exceeded', { message: 'Your tokens are used up.' });
  }
}
