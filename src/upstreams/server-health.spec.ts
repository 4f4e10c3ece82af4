import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { ServerHealth } from './server-health.js';

const READY = { state: 'ready', queued: 0 } as const;
const FAILING = { state: 'failing', queued: 0 } as const;
const UNREACHABLE = { state: 'unreachable', queued: 0 } as const;

describe('ServerHealth', () => {
  let told: string[];
  let health: ServerHealth;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    told = [];
    health = new ServerHealth({
      ejected: (reason) => told.push(reason),
      returned: () => told.push('returned'),
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function answer(isGood: boolean | null): Promise<boolean> {
    const isTrial = health.begin();
    health.end(isTrial, isGood);
    await turn();
    return isTrial;
  }

  async function failTimes(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await answer(false);
  }

  it('should eject a server whose answers fail five times in a row, and say so once', async () => {
    await failTimes(4);
    await answer(true);
    await failTimes(4);
    await answer(null);
    expect(health.isUp).toBe(true);
    await failTimes(1);
    expect(health.isUp).toBe(false);
    await failTimes(3);
    expect(told).toEqual(['failures']);
  });

  it('should let one request try it after a while, and take it back when that is answered', async () => {
    await failTimes(5);
    expect(health.isDueForTrial).toBe(false);
    jest.advanceTimersByTime(1_010);
    expect(health.begin()).toBe(true);
    expect(health.isDueForTrial).toBe(false);
    expect(health.begin()).toBe(false);
    health.end(true, true);
    await turn();
    expect(health.isUp).toBe(true);
    expect(told).toEqual(['failures', 'returned']);
  });

  it('should wait longer after each trial that fails, but never for long', async () => {
    await failTimes(5);
    for (const pause of [1_000, 2_000, 4_000, 4_000]) {
      jest.advanceTimersByTime(pause - 10);
      expect(health.isDueForTrial).toBe(false);
      jest.advanceTimersByTime(20);
      expect(await answer(false)).toBe(true);
    }
    expect(told).toEqual(['failures']);
  });

  it('should try again at once where nobody waited for the trial', async () => {
    await failTimes(5);
    jest.advanceTimersByTime(1_010);
    expect(await answer(null)).toBe(true);
    expect(health.isDueForTrial).toBe(true);
  });

  it('should take a server back although the clock was set back', async () => {
    await failTimes(5);
    jest.advanceTimersByTime(1_010);
    jest.setSystemTime(Date.now() - 3_600_000);
    expect(await answer(true)).toBe(true);
    expect(health.isUp).toBe(true);
  });

  it('should eject a server that refuses connections at the first probe, and one that is slow at the second', () => {
    health.takeProbe(UNREACHABLE);
    expect(health.isUp).toBe(false);
    health.takeProbe(READY);
    health.takeProbe(FAILING);
    expect(health.isUp).toBe(true);
    expect(health.isSound).toBe(false);
    health.takeProbe(FAILING);
    expect(health.isUp).toBe(false);
    health.takeProbe(READY);
    expect(told).toEqual(['probe', 'returned', 'probe', 'returned']);
  });

  it('should call it hanging at the third probe, but not when nobody is there', () => {
    health.takeProbe(FAILING);
    health.takeProbe(FAILING);
    expect(health.isHanging).toBe(false);
    health.takeProbe(FAILING);
    expect(health.isHanging).toBe(true);
    health.takeProbe(UNREACHABLE);
    expect(health.isHanging).toBe(false);
  });

  it('should not try a server whose probe fails', async () => {
    await failTimes(5);
    health.takeProbe(UNREACHABLE);
    jest.advanceTimersByTime(10_000);
    expect(health.isDueForTrial).toBe(false);
    health.takeProbe(READY);
    expect(health.isDueForTrial).toBe(true);
  });
});
