import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or rejects at once when the signal is aborted; zero still lets the sockets speak. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) return sleep(milliseconds, undefined, { signal });
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

/** Never resolves; rejects when the signal is aborted. */
export async function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      reject(new Error('aborted'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
