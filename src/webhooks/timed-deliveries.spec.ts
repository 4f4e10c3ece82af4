import { jest } from '@jest/globals';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { type Delivery, PAUSES_MS } from './deliveries.js';
import { TimedDeliveries } from './timed-deliveries.js';

const DELIVERY: Delivery = { id: 'evt_1', url: 'https://example.com', body: '{}' };
const HOUR = 3_600_000;

describe('TimedDeliveries', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('should try again at longer and longer intervals, for 72 hours at the most', async () => {
    const attempts: [at: number, isLast: boolean][] = [];
    const from = Date.now();
    const deliver = (_delivery: Delivery, isLast: boolean): Promise<boolean> => {
      attempts.push([Date.now() - from, isLast]);
      return Promise.resolve(false);
    };
    await new TimedDeliveries(deliver, recordingLogger().logger).add(DELIVERY);
    await jest.advanceTimersByTimeAsync(100 * HOUR);
    const pauses = attempts.slice(1).map(([at], index) => at - attempts[index]![0]);
    expect(pauses).toEqual(PAUSES_MS);
    expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
    expect(attempts.map(([, isLast]) => isLast)).toEqual([...PAUSES_MS.map(() => false), true]);
    expect(attempts.at(-1)![0]).toBeGreaterThan(70 * HOUR);
    expect(attempts.at(-1)![0]).toBeLessThanOrEqual(72 * HOUR);
  });

  it('should be done with what has arrived', async () => {
    const deliver = jest.fn(() => Promise.resolve(deliver.mock.calls.length === 2));
    await new TimedDeliveries(deliver, recordingLogger().logger).add(DELIVERY);
    await jest.advanceTimersByTimeAsync(100 * HOUR);
    expect(deliver).toHaveBeenCalledTimes(2);
  });

  it('should say what is lost with the process', async () => {
    const { logger, lines } = recordingLogger();
    const deliver = jest.fn(() => Promise.resolve(false));
    const deliveries = new TimedDeliveries(deliver, logger);
    await deliveries.add(DELIVERY);
    await jest.advanceTimersByTimeAsync(0);
    deliveries.close();
    await jest.advanceTimersByTimeAsync(HOUR);
    expect(deliver).toHaveBeenCalledTimes(1);
    expect(lines).toEqual(['warn: 1 webhooks have not arrived, and are lost with this process']);
  });
});
