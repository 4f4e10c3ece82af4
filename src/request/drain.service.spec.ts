import { parseEnvironment } from '../config/environment.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { DrainService } from './drain.service.js';
import { InFlightLimiter } from './in-flight.limiter.js';
import type { Running } from './running-list.js';

const LONG = '600000';
const drainWith = (graceMs: string): DrainService => {
  const environment = parseEnvironment({ SHUTDOWN_GRACE_MS: graceMs });
  return new DrainService(environment, new InFlightLimiter(environment), recordingLogger().logger);
};
const newRunning = (): Running => ({ slot: -1, cancel: () => undefined });

describe('DrainService', () => {
  it('should be done at once when nothing is running', async () => {
    const drain = drainWith(LONG);
    expect(drain.isDraining).toBe(false);
    await drain.beforeApplicationShutdown();
    expect(drain.isDraining).toBe(true);
  });

  it('should say so from the first moment on', async () => {
    const drain = drainWith(LONG);
    const entry = newRunning();
    drain.enter(entry);
    const drained = drain.beforeApplicationShutdown();
    expect(drain.isDraining).toBe(true);
    drain.leave(entry);
    await drained;
  });

  it('should wait for every request that is running, and cancel none', async () => {
    const drain = drainWith(LONG);
    const entries = [newRunning(), newRunning()];
    let cancelled = 0;
    for (const entry of entries) {
      drain.enter(entry);
      entry.cancel = () => (cancelled += 1);
    }
    let isOver = false;
    const drained = drain.beforeApplicationShutdown().then(() => (isOver = true));
    drain.leave(entries[0]!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isOver).toBe(false);
    drain.leave(entries[1]!);
    await drained;
    expect(cancelled).toBe(0);
  });

  it('should cancel what outlives the grace, and wait until it has ended', async () => {
    const drain = drainWith('1');
    const entry = newRunning();
    const errors: GatewayError[] = [];
    let hasLeft = false;
    drain.enter(entry);
    entry.cancel = (error) => {
      errors.push(error);
      setTimeout(() => {
        hasLeft = true;
        drain.leave(entry);
      }, 20);
    };
    await drain.beforeApplicationShutdown();
    expect(hasLeft).toBe(true);
    expect(errors).toMatchObject([{ errorName: 'shutting_down', status: 503 }]);
  });

  it('should cancel once when it is told to stop twice', async () => {
    const drain = drainWith('1');
    const entry = newRunning();
    let cancelled = 0;
    drain.enter(entry);
    entry.cancel = () => {
      cancelled += 1;
      drain.leave(entry);
    };
    await Promise.all([drain.beforeApplicationShutdown(), drain.beforeApplicationShutdown()]);
    await drain.beforeApplicationShutdown();
    expect(cancelled).toBe(1);
  });
});
