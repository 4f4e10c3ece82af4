import { Semaphore } from './semaphore.js';

describe('Semaphore', () => {
  const never = new AbortController().signal;

  it('should admit as many as it may, and the rest in their order', async () => {
    const semaphore = new Semaphore(1, 10);
    const order: string[] = [];
    expect(await semaphore.acquire(never)).toBe(true);
    const first = semaphore.acquire(never).then((isAdmitted) => order.push(`first ${isAdmitted}`));
    const second = semaphore.acquire(never).then((isAdmitted) => order.push(`second ${isAdmitted}`));
    semaphore.release();
    await first;
    semaphore.release();
    await second;
    expect(order).toEqual(['first true', 'second true']);
    semaphore.release();
    expect(await semaphore.acquire(never)).toBe(true);
  });

  it('should turn away who gives up, and who comes when the queue is full', async () => {
    const semaphore = new Semaphore(1, 1);
    const impatient = new AbortController();
    await semaphore.acquire(never);
    const waiting = semaphore.acquire(impatient.signal);
    expect(await semaphore.acquire(never)).toBe(false);
    impatient.abort();
    expect(await waiting).toBe(false);
    expect(await semaphore.acquire(impatient.signal)).toBe(false);
    const next = semaphore.acquire(never);
    semaphore.release();
    expect(await next).toBe(true);
  });
});
