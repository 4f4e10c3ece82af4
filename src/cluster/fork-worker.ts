import cluster, { type Worker } from 'node:cluster';
import type { GatewayFacts } from '../banner.js';
import { RETIRE, type WorkerMessage } from './messages.js';
import { describeEnd, type WorkerEnd, type WorkerProcess } from './worker-process.js';

/** @param variables over those of this process */
export function forkWorker(variables: Record<string, string>): WorkerProcess {
  const worker = cluster.fork(variables);
  let failure: string | undefined;
  let isListening = false;
  const ended = waitForEnd(worker).then((end) => ({
    ...end,
    ...(failure !== undefined && { message: failure }),
  }));
  const listening = new Promise<GatewayFacts>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'failed') {
        failure = message.message;
      } else {
        isListening = true;
        resolve(message.facts);
      }
    });
    void ended.then((end) => {
      reject(new Error(end.message ?? `A worker process ended before it listened: ${describeEnd(end)}`));
    });
  });
  // Not everybody who asks for a process waits for it to listen.
  listening.catch(() => undefined);
  const signal = (name: NodeJS.Signals): void => {
    worker.process.kill(name);
  };
  return {
    id: worker.id,
    pid: worker.process.pid,
    listening,
    ended,
    retire: () => {
      // One that is still starting does not hear messages yet, and has nothing to finish either.
      if (!isListening) signal('SIGTERM');
      // With a callback, since without one the failure to reach a process that is gone is thrown as an event.
      else worker.send(RETIRE, () => undefined);
    },
    stop: () => {
      signal('SIGTERM');
    },
    kill: () => {
      signal('SIGKILL');
    },
  };
}

function waitForEnd(worker: Worker): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    worker.on('exit', (code: number | null, signal: string | null) => {
      // What it said last may still be in the channel.
      if (!worker.isConnected()) resolve({ code, signal });
      else
        worker.once('disconnect', () => {
          resolve({ code, signal });
        });
    });
    worker.on('error', (error) => {
      if (worker.process.pid === undefined) resolve({ code: null, signal: null, message: error.message });
    });
  });
}
