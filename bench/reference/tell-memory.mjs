// Preloaded into a process whose live memory is measured (node --expose-gc --import …): when its parent asks over the channel that
// child_process.spawn() gave it, it collects its garbage and says what is left.
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

async function tellMemory() {
  // Twice, with a turn of the event loop between: only then is collected what the finalizers of the first have let go of.
  globalThis.gc();
  await setImmediate();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ liveBytes: heapUsed + external });
}

// Threads get the flags of the process, but not its channel.
if (isMainThread) {
  process.on('message', () => void tellMemory());
  process.channel.unref();
}
