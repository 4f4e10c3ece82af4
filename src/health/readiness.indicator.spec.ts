import { jest } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { DrainService } from '../request/drain.service.js';
import { recordingLogger } from '../../test/support/recording-logger.js';
import type { ReadinessCheck } from './readiness-check.js';
import { ReadinessIndicator } from './readiness.indicator.js';

type Answer = () => Promise<boolean>;

/** @param answers what the database says, one question after the other */
function indicatorOf(...answers: Answer[]): { indicator: ReadinessIndicator; lines: string[] } {
  const { logger, lines } = recordingLogger();
  const checks: ReadinessCheck[] = [
    { name: 'upstream', what: 'the model server', isReady: () => Promise.resolve(true) },
    { name: 'store', what: 'the database', isReady: () => answers.shift()!() },
  ];
  const drain = { isDraining: false } as DrainService;
  return {
    indicator: new ReadinessIndicator(new HealthIndicatorService(), drain, checks, logger),
    lines,
  };
}

async function ask(indicator: ReadinessIndicator): Promise<string | undefined> {
  const results = await Promise.all(indicator.list().map((one) => one()));
  const statuses = Object.fromEntries(
    results.flatMap((result) => Object.entries(result).map(([name, { status }]) => [name, status])),
  );
  expect(statuses).toMatchObject({ accepting: 'up', upstream: 'up' });
  return statuses.store;
}

describe('a readiness check', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, Answer]>([
    ['says no', () => Promise.resolve(false)],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('should be down when it %s, and be asked again', async (_what, answer) => {
    const { indicator } = indicatorOf(answer, () => Promise.resolve(true));
    expect(await ask(indicator)).toBe('down');
    jest.advanceTimersByTime(1_000);
    expect(await ask(indicator)).toBe('up');
  });

  it('should be down when it takes too long', async () => {
    const { indicator } = indicatorOf(() => new Promise(() => undefined));
    const status = ask(indicator);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await status).toBe('down');
  });

  it('should be asked once in a second', async () => {
    const { indicator } = indicatorOf(() => Promise.resolve(true));
    expect([await ask(indicator), await ask(indicator)]).toEqual(['up', 'up']);
  });

  it('should be in the log when it begins to fail, and when it no longer does', async () => {
    const no: Answer = () => Promise.resolve(false);
    const yes: Answer = () => Promise.resolve(true);
    const { indicator, lines } = indicatorOf(yes, no, no, yes, yes);
    for (let i = 0; i < 5; i++) {
      await ask(indicator);
      jest.advanceTimersByTime(1_000);
    }
    expect(lines).toEqual([
      'warn: not ready: the database does not answer',
      'info: ready again: the database answers',
    ]);
  });
});
