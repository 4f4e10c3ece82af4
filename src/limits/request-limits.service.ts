import { Injectable } from '@nestjs/common';
import { RateCounter } from '../coordination/rate-counter.js';
import { SlotCounter } from '../coordination/slot-counter.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { RequestContext } from '../request/request-context.js';
import { type Budget, budgetsOf } from './budgets-of.js';
import { limitReached } from './limit-reached.js';
import { takeFromAll } from './take-from-all.js';

/** Nobody knows when a request that runs will end. */
const ANOTHER_TRY_MS = 1_000;

/** Holds callers to their requests per minute, and at once. */
@Injectable()
export class RequestLimits {
  constructor(
    @InjectExtension(RateCounter) private readonly counter: RateCounter,
    @InjectExtension(SlotCounter) private readonly slots: SlotCounter,
  ) {}

  /**
   * Counts a request, and holds slots for it until it is over.
   *
   * @throws GatewayError `rate_limit_exceeded`
   */
  async admit(context: RequestContext, budgets: readonly Budget[]): Promise<void> {
    // First: who tries again until there is a slot should not use up its minute with that.
    for (const { name, limits } of budgets)
      if (limits.concurrent !== undefined) await this.enter(context, name, limits.concurrent);
    const shares = budgets.flatMap(({ name: of, limits: { requestsPerMinute: limit } }) =>
      limit === undefined ? [] : [{ of, amount: 1, limit }],
    );
    await takeFromAll(this.counter, context, 'requests', shares);
  }

  /** Holds slots for work that was let in before, until it is over: its caller has fewer for requests, perhaps none. */
  async occupy(context: RequestContext): Promise<void> {
    for (const { name, limits } of budgetsOf(context.caller)) {
      if (limits.concurrent === undefined) continue;
      const leave = await this.slots.enter(name, Number.MAX_SAFE_INTEGER);
      if (leave) context.onClose(leave);
    }
  }

  private async enter(context: RequestContext, of: string, limit: number): Promise<void> {
    const leave = await this.slots.enter(of, limit);
    if (leave) {
      context.onClose(leave);
      return;
    }
    throw limitReached(context, {
      of,
      kind: 'concurrent',
      limit,
      used: limit,
      requested: 1,
      retryMs: ANOTHER_TRY_MS,
    });
  }
}
