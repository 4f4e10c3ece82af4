import { jest } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { DrainService } from '../request/drain.service.js';
import type { UpstreamClient } from '../upstreams/upstream.client.js';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { ReadinessIndicator } from './readiness.indicator.js';

/** @param answers what the client does, one question after the other */
function indicatorOf(...answers: (() => Promise<boolean>)[]): ReadinessIndicator {
  const upstream = { isReady: () => answers.shift()!() } as unknown as UpstreamClient;
  const drain = { isDraining: false } as DrainService;
  return new ReadinessIndicator(new HealthIndicatorService(), drain, upstream, recordingLogger().logger);
}

const ask = async (indicator: ReadinessIndicator): Promise<string | undefined> =>
  (await indicator.upstreamAnswers()).upstream?.status;

describe('the readiness of a model server', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, () => Promise<boolean>]>([
    ['says no', () => Promise.resolve(false)],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('should be down when its client %s, and be asked for again', async (_what, answer) => {
    const indicator = indicatorOf(answer, () => Promise.resolve(true));
    expect(await ask(indicator)).toBe('down');
    jest.advanceTimersByTime(1_000);
    expect(await ask(indicator)).toBe('up');
  });

  it('should be down when its client takes too long', async () => {
    const indicator = indicatorOf(() => new Promise(() => undefined));
    const status = ask(indicator);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await status).toBe('down');
  });

  it('should be asked for once in a second', async () => {
    const indicator = indicatorOf(() => Promise.resolve(true));
    expect([await ask(indicator), await ask(indicator)]).toEqual(['up', 'up']);
  });
});
