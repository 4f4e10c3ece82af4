import { jest } from '@jest/globals';
import { holdLease } from './hold-lease.js';
import type { Lease } from './lease.js';

const FOR_MS = 900;

/** A lease that is acquired; `renewals` are the answers to its renewals, `true` beyond them. */
function leaseOf(renewals: (boolean | Error)[] = [], isFree = true) {
  const renew = jest.fn(() => {
    const answer = renewals.length > 0 ? renewals.shift()! : true;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const release = jest.fn(() => Promise.resolve());
  const lease: Lease = { acquire: () => Promise.resolve(isFree ? { renew, release } : null) };
  return { lease, renew, release };
}

describe('holdLease', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('should hold nothing that another has', async () => {
    expect(await holdLease(leaseOf([], false).lease, 'name', FOR_MS)).toBeNull();
  });

  it('should renew it each third of its time until it is released, which it is once', async () => {
    const { lease, renew, release } = leaseOf();
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    await jest.advanceTimersByTimeAsync(3_000);
    expect(renew).toHaveBeenCalledTimes(10);
    await hold.release();
    await hold.release();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(renew).toHaveBeenCalledTimes(10);
    expect(release).toHaveBeenCalledTimes(1);
    expect(hold.lost.aborted).toBe(false);
  });

  it('should tell when another has it, and not give back what is not its own', async () => {
    const { lease, release } = leaseOf([true, false]);
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    await jest.advanceTimersByTimeAsync(300);
    expect(hold.lost.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(300);
    expect(hold.lost.aborted).toBe(true);
    await hold.release();
    expect(release).not.toHaveBeenCalled();
  });

  it('should outlast a while in which it cannot be renewed', async () => {
    const { lease } = leaseOf(Array.from({ length: 5 }, () => new Error('away')));
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(hold.lost.aborted).toBe(false);
    await hold.release();
  });

  it('should be lost when it could not be renewed in its time', async () => {
    const { lease } = leaseOf(Array.from({ length: 10 }, () => new Error('away')));
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    await jest.advanceTimersByTimeAsync(FOR_MS - 1);
    expect(hold.lost.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(hold.lost.aborted).toBe(true);
  });

  it('should be lost in time also when no renewal is answered', async () => {
    const { lease, renew } = leaseOf();
    renew.mockReturnValue(new Promise(() => undefined));
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    await jest.advanceTimersByTimeAsync(FOR_MS);
    expect(hold.lost.aborted).toBe(true);
  });

  it('should be renewed for whoever it was handed over to, until that one has released it', async () => {
    const { lease, renew, release } = leaseOf([true, true, false]);
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    hold.handOver(60_000);
    await hold.release();
    expect(release).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(renew).toHaveBeenCalledTimes(3);
  });

  it('should not be renewed for ever for somebody who never comes', async () => {
    const { lease, renew } = leaseOf();
    const hold = (await holdLease(lease, 'name', FOR_MS))!;
    hold.handOver(1_000);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(renew).toHaveBeenCalledTimes(3);
  });
});
