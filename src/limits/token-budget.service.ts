import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { RateCounter } from '../coordination/rate-counter.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { RequestContext } from '../request/request-context.js';
import type { RequestReport } from '../request/request-report.js';
import { budgetsOf } from './budgets-of.js';
import { counterOf, takeFromAll } from './take-from-all.js';

/** What was taken of a minute's tokens before it was known how many an answer takes. A value: a job carries it to whichever replica does it. */
export interface TokenHold {
  name: string;
  amount: number;
  /** When its minute ends, as Unix time in ms: nothing can be given back to it from then on. */
  until: number;
}

/** Holds callers to their tokens per minute: they are reserved when a request begins, and settled when its answer is over. */
@Injectable()
export class TokenBudget {
  constructor(
    @InjectExtension(RateCounter) private readonly counter: RateCounter,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(TokenBudget.name);
  }

  /**
   * @param estimate tokens of input and output that the request may take; asked only where the caller has such a limit
   * @returns what was taken of each of its budgets; null where it has no such limit
   * @throws GatewayError `rate_limit_exceeded`
   */
  reserve(context: RequestContext, estimate: () => number): Promise<TokenHold[]> | null {
    const budgets = budgetsOf(context.caller).flatMap(({ name: of, limits: { tokensPerMinute: limit } }) =>
      limit === undefined ? [] : [{ of, limit }],
    );
    return budgets.length === 0 ? null : this.take(context, budgets, estimate());
  }

  /**
   * Replaces the estimate by what the answer has taken: that is nothing where there was no output, and the estimate where the model
   * server did not come to say.
   */
  settle(
    holds: readonly TokenHold[],
    { usage, firstOutputAt }: Pick<RequestReport, 'usage' | 'firstOutputAt'>,
  ): void {
    for (const { name, amount, until } of holds) {
      const used = Math.ceil(usage?.total_tokens ?? (firstOutputAt === undefined ? 0 : amount));
      const by = used - amount;
      if (by === 0 || (by < 0 && Date.now() >= until)) continue;
      this.counter.correct(name, by).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'tokens could not be settled');
      });
    }
  }

  private async take(
    context: RequestContext,
    budgets: readonly { of: string; limit: number }[],
    estimate: number,
  ): Promise<TokenHold[]> {
    // An estimate may be too high: who asks for more than a whole minute's gets that, and is settled by what it took. It may be a
    // client's own number, and Redis counts whole ones alone.
    const shares = budgets.map(({ of, limit }) => ({
      of,
      limit,
      amount: Math.min(Math.ceil(estimate), limit),
    }));
    const taken = await takeFromAll(this.counter, context, 'tokens', shares);
    const now = Date.now();
    const holds = shares.map(({ of, amount }, index) => ({
      name: counterOf('tokens', of),
      amount,
      until: now + (taken[index]?.resetMs ?? 0),
    }));
    if (!context.isOver) return holds;
    // Its client has left meanwhile: mostly nothing comes of the request any more. What does is charged when it is settled.
    this.settle(holds, {});
    return holds.map((hold) => ({ ...hold, amount: 0 }));
  }
}
