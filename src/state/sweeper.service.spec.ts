import { jest } from '@jest/globals';
import type { PinoLogger } from 'nestjs-pino';
import type { Database } from '../database/database.service.js';
import type { ResponseStore } from './response-store.js';
import { SweeperService } from './sweeper.service.js';

function sweeperOf(sweep: (limit: number) => Promise<number>) {
  const errors: unknown[] = [];
  const logger = { setContext: () => undefined, error: (...args: unknown[]) => errors.push(args) };
  const database = { run: () => Promise.resolve(0) } as unknown as Database;
  const store = { sweep } as unknown as ResponseStore;
  return { sweeper: new SweeperService(database, store, logger as unknown as PinoLogger), errors };
}

describe('SweeperService', () => {
  it('should sweep small batches until nothing is left', async () => {
    const left = [200, 200, 7, 0];
    const limits: number[] = [];
    const { sweeper } = sweeperOf((limit) => {
      limits.push(limit);
      return Promise.resolve(left.shift() ?? 0);
    });
    await sweeper.sweep();
    expect(limits).toEqual([200, 200, 200, 200]);
  });

  it('should say once that it has failed, and again after it has worked', async () => {
    let isBroken = true;
    const { sweeper, errors } = sweeperOf(() =>
      isBroken ? Promise.reject(new Error('away')) : Promise.resolve(0),
    );
    await sweeper.sweep();
    await sweeper.sweep();
    expect(errors).toHaveLength(1);
    isBroken = false;
    await sweeper.sweep();
    isBroken = true;
    await sweeper.sweep();
    expect(errors).toHaveLength(2);
  });

  it('should sweep every minute until it is stopped', async () => {
    jest.useFakeTimers();
    try {
      let sweeps = 0;
      const { sweeper } = sweeperOf(() => {
        sweeps++;
        return Promise.resolve(0);
      });
      sweeper.onApplicationBootstrap();
      await jest.advanceTimersByTimeAsync(180_000);
      expect(sweeps).toBe(3);
      await sweeper.onModuleDestroy();
      await jest.advanceTimersByTimeAsync(180_000);
      expect(sweeps).toBe(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('should end a sweep that goes on when it is stopped', async () => {
    const { sweeper } = sweeperOf(() => Promise.resolve(200));
    const sweeping = sweeper.sweep();
    await sweeper.onModuleDestroy();
    await expect(sweeping).resolves.toBeUndefined();
  });
});
