import { RequestContext } from '../../request/request-context.js';
import { parseEnvironment } from '../../config/environment.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import { DrainService } from '../../request/drain.service.js';
import { recordingLogger } from '../../../test/support/recording-logger.js';
import { InFlightLimiter } from '../../request/in-flight.limiter.js';

const LONG = '600000';
const drainWith = (graceMs: string): DrainService => {
  const environment = parseEnvironment({ SHUTDOWN_GRACE_MS: graceMs });
  return new DrainService(environment, new InFlightLimiter(environment), recordingLogger().logger);
};
const newCall = (): RequestContext => new RequestContext('req_1', undefined, {});

describe('DrainService', () => {
  it('should be done at once when nothing is running', async () => {
    const drain = drainWith(LONG);
    expect(drain.isDraining).toBe(false);
    await drain.beforeApplicationShutdown();
    expect(drain.isDraining).toBe(true);
  });

  it('should say so from the first moment on', async () => {
    const drain = drainWith(LONG);
    const context = newCall();
    drain.enter(context);
    const drained = drain.beforeApplicationShutdown();
    expect(drain.isDraining).toBe(true);
    drain.leave(context);
    await drained;
  });

  it('should wait for every call that is running, and cancel none', async () => {
    const drain = drainWith(LONG);
    const calls = [newCall(), newCall()];
    let cancelled = 0;
    for (const context of calls) {
      drain.enter(context);
      context.onCancel(() => (cancelled += 1));
    }
    let isOver = false;
    const drained = drain.beforeApplicationShutdown().then(() => (isOver = true));
    drain.leave(calls[0]!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isOver).toBe(false);
    drain.leave(calls[1]!);
    await drained;
    expect(cancelled).toBe(0);
  });

  it('should cancel what outlives the grace, and wait until it has ended', async () => {
    const drain = drainWith('1');
    const context = newCall();
    const errors: GatewayError[] = [];
    let hasLeft = false;
    drain.enter(context);
    context.onCancel((error) => {
      errors.push(error);
      setTimeout(() => {
        hasLeft = true;
        drain.leave(context);
      }, 20);
    });
    await drain.beforeApplicationShutdown();
    expect(hasLeft).toBe(true);
    expect(errors).toMatchObject([{ errorName: 'shutting_down', status: 503 }]);
  });

  it('should cancel once when it is told to stop twice', async () => {
    const drain = drainWith('1');
    const context = newCall();
    let cancelled = 0;
    drain.enter(context);
    context.onCancel(() => {
      cancelled += 1;
      drain.leave(context);
    });
    await Promise.all([drain.beforeApplicationShutdown(), drain.beforeApplicationShutdown()]);
    await drain.beforeApplicationShutdown();
    expect(cancelled).toBe(1);
  });
});
