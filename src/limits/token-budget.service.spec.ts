import { setImmediate as turn } from 'node:timers/promises';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { MemoryRateCounter } from '../coordination/memory/memory-rate-counter.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { RequestContext } from '../request/request-context.js';
import { TokenBudget } from './token-budget.service.js';

describe('TokenBudget', () => {
  let budget: TokenBudget;
  beforeEach(() => {
    budget = new TokenBudget(new MemoryRateCounter(), recordingLogger().logger);
  });

  function requestOf(tokensPerMinute?: number): RequestContext {
    const context = new RequestContext('req_1', undefined, {});
    context.caller = { id: 'one', limits: { tokensPerMinute } };
    return context;
  }
  /** Nobody waits for what is settled. */
  async function left(): Promise<number> {
    await turn();
    const context = requestOf(1_000);
    await budget.reserve(context, () => 0);
    return Number(context.limitHeaders['x-ratelimit-remaining-tokens']);
  }
  const usage = (total_tokens: number) => ({ usage: { total_tokens } as never });

  it('should not estimate for callers without such a limit', () => {
    const reserved = budget.reserve(requestOf(), () => {
      throw new Error('estimated');
    });
    expect(reserved).toBeNull();
  });

  it('should reserve an estimate and settle it by what was used, less or more', async () => {
    for (const [used, remaining] of [
      [250, 750],
      [600, 150],
    ] as const) {
      const hold = await budget.reserve(requestOf(1_000), () => 400);
      budget.settle(hold!, usage(used));
      expect(await left()).toBe(remaining);
    }
  });

  it('should give all back where there was no output, and nothing where it is not known how much there was', async () => {
    budget.settle((await budget.reserve(requestOf(1_000), () => 400))!, {});
    expect(await left()).toBe(1_000);
    budget.settle((await budget.reserve(requestOf(1_000), () => 400))!, { firstOutputAt: 1 });
    expect(await left()).toBe(600);
  });

  it('should refuse what is not left, in OpenAI’s words', async () => {
    await budget.reserve(requestOf(1_000), () => 900);
    const context = requestOf(1_000);
    const error = (await budget
      .reserve(context, () => 200)
      ?.catch((reason: unknown) => reason)) as GatewayError;
    expect(error).toMatchObject({ errorName: 'rate_limit_exceeded' });
    expect(error.message).toMatch(
      /^Rate limit reached for one on tokens per min \(TPM\): Limit 1000, Used 900, Requested 200\. Please try again in (1m0|[\d.]+)s\.$/,
    );
    expect(context.report.limit).toBe('tokens');
    // What was refused was not taken.
    expect(await left()).toBe(100);
  });

  it('should take no more than a whole minute for a request that may take more', async () => {
    const hold = await budget.reserve(requestOf(1_000), () => 50_000);
    expect(hold).toMatchObject([{ amount: 1_000 }]);
    budget.settle(hold!, usage(10));
    expect(await left()).toBe(990);
  });

  it('should count whole tokens, since Redis counts nothing else', async () => {
    const hold = await budget.reserve(requestOf(1_000), () => 10.5);
    expect(hold).toMatchObject([{ amount: 11 }]);
    budget.settle(hold!, usage(12.2));
    expect(await left()).toBe(987);
  });

  it('should give nothing back to a minute that did not lend it', async () => {
    const hold = await budget.reserve(requestOf(1_000), () => 400);
    budget.settle([{ ...hold![0]!, until: Date.now() - 1 }], usage(100));
    expect(await left()).toBe(600);
  });

  it('should hold nothing for a client that has left meanwhile', async () => {
    const context = requestOf(1_000);
    const reserving = budget.reserve(context, () => 400);
    context.close();
    const hold = await reserving;
    expect(await left()).toBe(1_000);
    budget.settle(hold!, {});
    expect(await left()).toBe(1_000);
    // Such as a background response, which is answered all the same.
    budget.settle(hold!, usage(300));
    expect(await left()).toBe(700);
  });

  it('should take of every budget, or of none', async () => {
    const both = requestOf(1_000);
    const shared = { limitedAs: 'tenant t', limits: { tokensPerMinute: 500 } };
    both.caller = { ...both.caller!, furtherLimits: shared };
    const other = requestOf();
    other.caller = { id: 'two', ...shared };
    const hold = await budget.reserve(both, () => 400);
    expect(both.limitHeaders).toMatchObject({
      'x-ratelimit-limit-tokens': '500',
      'x-ratelimit-remaining-tokens': '100',
    });
    await expect(budget.reserve(both, () => 200)).rejects.toThrow(
      /for tenant t on .* Limit 500, Used 400, Requested 200/,
    );
    expect(await left()).toBe(600);
    budget.settle(hold!, usage(50));
    expect(await left()).toBe(950);
    await budget.reserve(other, () => 0);
    expect(other.limitHeaders).toMatchObject({ 'x-ratelimit-remaining-tokens': '450' });
  });
});
