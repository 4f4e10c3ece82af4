import { jest } from '@jest/globals';
import type { GatewayFacts } from '../banner.js';
import { Supervisor, type SupervisorEnd } from './supervisor.js';
import type { WorkerEnd, WorkerProcess } from './worker-process.js';

const FACTS: GatewayFacts = { url: 'http://127.0.0.1:1', upstream: 'none', auth: 'off', isOpen: true };
const GRACE_MS = 30_000;
const STEADY_MS = 10_000;
const CRASH: WorkerEnd = { code: null, signal: 'SIGKILL' };
const DONE: WorkerEnd = { code: 0, signal: null };

/** A worker that does only what the test says. */
class FakeWorker implements WorkerProcess {
  readonly orders: string[] = [];
  readonly pid: number;
  readonly listening: Promise<GatewayFacts>;
  readonly ended: Promise<WorkerEnd>;
  listen!: () => Promise<void>;
  end!: (end: WorkerEnd) => Promise<void>;

  constructor(readonly id: number) {
    this.pid = 1000 + id;
    this.ended = new Promise((resolve) => {
      this.end = (end) => {
        resolve(end);
        return settled();
      };
    });
    this.listening = new Promise((resolve, reject) => {
      this.listen = () => {
        resolve({ ...FACTS, upstream: `of ${id}` });
        return settled();
      };
      void this.ended.then(({ message }) => {
        reject(new Error(message ?? 'ended before'));
      });
    });
    this.listening.catch(() => undefined);
  }

  retire(): void {
    this.orders.push('retire');
  }
  stop(): void {
    this.orders.push('stop');
  }
  kill(): void {
    this.orders.push('kill');
  }
}

const settled = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

function supervise(count: number) {
  const workers: FakeWorker[] = [];
  const log = { info: jest.fn(), error: jest.fn() };
  const fork = (): WorkerProcess => {
    workers.push(new FakeWorker(workers.length + 1));
    return workers.at(-1)!;
  };
  const supervisor = new Supervisor(fork, { count, graceMs: GRACE_MS }, log);
  const outcome: { end?: SupervisorEnd } = {};
  void supervisor.ended.then((end) => (outcome.end = end));
  return { supervisor, workers, log, outcome, at: (id: number) => workers[id - 1]! };
}

/** With all of its workers listening, for long enough to count as steady. */
async function running(count: number) {
  const all = supervise(count);
  const started = all.supervisor.start();
  for (const worker of all.workers) await worker.listen();
  await started;
  await pass(STEADY_MS);
  return all;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the start', () => {
  it('should start all at once, and be over when the last one listens', async () => {
    const { supervisor, workers, at } = supervise(3);
    let facts: GatewayFacts | null | undefined;
    void supervisor.start().then((told) => (facts = told));
    expect(workers).toHaveLength(3);
    await at(2).listen();
    await at(3).listen();
    expect(facts).toBeUndefined();
    await at(1).listen();
    expect(facts).toMatchObject({ upstream: 'of 1' });
  });

  it('should fail with the first worker’s words, once the others are gone, and start no other', async () => {
    const { supervisor, workers, at, log } = supervise(2);
    let failure: Error | undefined;
    supervisor.start().catch((error: unknown) => (failure = error as Error));
    await at(2).end({ code: 1, signal: null, message: 'port taken' });
    expect(at(1).orders).toEqual(['stop']);
    expect(failure).toBeUndefined();
    await at(1).end({ code: 1, signal: null, message: 'port taken as well' });
    expect(failure?.message).toBe('port taken');
    await pass(60_000);
    expect(workers).toHaveLength(2);
    expect(log.error).not.toHaveBeenCalled();
  });

  it('should be no failure when it is stopped before', async () => {
    const { supervisor, outcome, at } = supervise(2);
    const started = supervisor.start();
    await at(1).listen();
    supervisor.stop();
    await at(1).end(DONE);
    await at(2).end({ code: null, signal: 'SIGTERM' });
    await expect(started).resolves.toBeNull();
    expect(outcome.end).toEqual({ kind: 'finished' });
  });
});

describe('a worker that dies', () => {
  it('should be replaced at once when it had lived, and be logged once', async () => {
    const { workers, at, log } = await running(2);
    await at(2).end(CRASH);
    expect(workers).toHaveLength(3);
    expect(log.error).toHaveBeenCalledTimes(1);
    expect(log.error).toHaveBeenCalledWith(
      { worker: 2, worker_pid: 1002, code: null, signal: 'SIGKILL', restart_in_ms: 0 },
      'worker died: signal SIGKILL',
    );
    await at(3).listen();
    expect(log.info).toHaveBeenCalledWith({ worker: 3, worker_pid: 1003, instead_of: 2 }, 'worker listens');
  });

  it('should be replaced ever later when its successors die young', async () => {
    const { workers, at } = await running(1);
    await at(1).end(CRASH);
    for (const [index, delay] of [250, 500, 1000, 2000].entries()) {
      await at(index + 2).end(CRASH);
      await pass(delay - 1);
      expect(workers).toHaveLength(index + 2);
      await pass(1);
      expect(workers).toHaveLength(index + 3);
    }
  });

  it('should count from the beginning after one that lived', async () => {
    const { workers, at, outcome } = await running(1);
    await at(1).end(CRASH);
    for (let round = 0; round < 20; round++) {
      await workers.at(-1)!.end(CRASH);
      await pass(250);
      await workers.at(-1)!.listen();
      await pass(STEADY_MS);
      await workers.at(-1)!.end(CRASH);
    }
    expect(workers).toHaveLength(42);
    expect(outcome.end).toBeUndefined();
  });

  it('should be the end when five in a row die young: the others finish, and none is started any more', async () => {
    const { workers, at, outcome, log } = await running(2);
    await at(1).end(CRASH);
    for (let id = 3; id <= 7; id++) {
      await at(id).end({ code: 1, signal: null, message: 'no such file' });
      await pass(5_000);
    }
    expect(workers).toHaveLength(7);
    expect(at(2).orders).toEqual(['stop']);
    expect(outcome.end).toBeUndefined();
    await at(2).end(DONE);
    expect(outcome.end).toEqual({
      kind: 'gave-up',
      reason: 'Workers die as soon as they are started (5 times in a row, last: no such file).',
    });
    expect(log.error).toHaveBeenCalledTimes(6);
  });

  it('should not count against the others: many may be killed at the same time', async () => {
    const { supervisor, workers, outcome } = supervise(8);
    void supervisor.start();
    for (const worker of workers) await worker.listen();
    for (const worker of [...workers]) await worker.end(CRASH);
    await pass(250);
    expect(workers).toHaveLength(16);
    expect(outcome.end).toBeUndefined();
  });
});

describe('a restart', () => {
  it('should put a new worker in before it retires an old one, one after the other', async () => {
    const { supervisor, workers, at, log } = await running(2);
    const restarted = supervisor.restart();
    expect(workers).toHaveLength(3);
    expect(at(1).orders).toEqual([]);
    await at(3).listen();
    expect(at(1).orders).toEqual(['retire']);
    expect(workers).toHaveLength(3);
    await at(1).end(DONE);
    expect(workers).toHaveLength(4);
    expect(at(2).orders).toEqual([]);
    await at(4).listen();
    expect(at(2).orders).toEqual(['retire']);
    await at(2).end(DONE);
    await restarted;
    expect(workers).toHaveLength(4);
    expect(log.error).not.toHaveBeenCalled();
  });

  it('should not wait longer than the grace for long answers, and not end them', async () => {
    const { supervisor, workers, at } = await running(2);
    const restarted = supervisor.restart();
    await at(3).listen();
    await pass(GRACE_MS - 1);
    expect(workers).toHaveLength(3);
    await pass(1);
    expect(workers).toHaveLength(4);
    await at(4).listen();
    await pass(GRACE_MS);
    await restarted;
    expect(at(1).orders).toEqual(['retire']);
    expect(at(2).orders).toEqual(['retire']);
  });

  it('should leave the old workers in when a new one does not start, and be possible again', async () => {
    const { supervisor, workers, at, log } = await running(2);
    const failed = supervisor.restart();
    await at(3).end({ code: 1, signal: null, message: 'bad models file' });
    await failed;
    await pass(60_000);
    expect(workers).toHaveLength(3);
    expect([at(1).orders, at(2).orders]).toEqual([[], []]);
    expect(log.error).toHaveBeenCalledTimes(1);
    void supervisor.restart();
    expect(workers).toHaveLength(4);
  });

  it('should be done once more when it is asked for meanwhile, however often', async () => {
    const { supervisor, workers, at } = await running(1);
    const restarted = supervisor.restart();
    void supervisor.restart();
    void supervisor.restart();
    await at(2).listen();
    await at(1).end(DONE);
    await at(3).listen();
    await at(2).end(DONE);
    await restarted;
    expect(workers).toHaveLength(3);
    expect(at(3).orders).toEqual([]);
  });

  it('should take the place of a worker that is about to be replaced anyway', async () => {
    const { supervisor, workers, at } = await running(1);
    await at(1).end(CRASH);
    await at(2).end(CRASH);
    void supervisor.restart();
    await at(3).listen();
    await pass(60_000);
    expect(workers).toHaveLength(3);
  });

  it('should retire the substitute of an old worker that died meanwhile', async () => {
    const { supervisor, at } = await running(1);
    void supervisor.restart();
    await at(1).end(CRASH);
    await at(2).listen();
    expect(at(3).orders).toEqual(['retire']);
    expect(at(2).orders).toEqual([]);
  });

  it('should tell of a retired worker that crashes, and not replace it again', async () => {
    const { supervisor, workers, at, log } = await running(1);
    void supervisor.restart();
    await at(2).listen();
    await at(1).end(CRASH);
    await pass(60_000);
    expect(workers).toHaveLength(2);
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  it('should be ignored before all have started and after the stop', async () => {
    const { supervisor, workers } = supervise(1);
    void supervisor.start();
    await supervisor.restart();
    await workers[0]!.listen();
    supervisor.stop();
    await supervisor.restart();
    expect(workers).toHaveLength(1);
  });
});

describe('the stop', () => {
  it('should tell every worker, also those that are starting or retired, and be over with the last', async () => {
    const { supervisor, workers, at, outcome } = await running(2);
    void supervisor.restart();
    await at(3).listen();
    await pass(GRACE_MS);
    supervisor.stop();
    expect(workers.map(({ orders }) => orders)).toEqual([['retire', 'stop'], ['stop'], ['stop'], ['stop']]);
    for (const id of [1, 2, 3]) await at(id).end(DONE);
    expect(outcome.end).toBeUndefined();
    await at(4).end({ code: null, signal: 'SIGTERM' });
    expect(outcome.end).toEqual({ kind: 'finished' });
    await pass(60_000);
    expect(workers).toHaveLength(4);
  });

  it('should call off a replacement that is due', async () => {
    const { supervisor, workers, at, outcome } = await running(1);
    await at(1).end(CRASH);
    await at(2).end(CRASH);
    supervisor.stop();
    await pass(60_000);
    expect(workers).toHaveLength(2);
    expect(outcome.end).toEqual({ kind: 'finished' });
  });

  it('should kill those who outlast the grace and the time to close', async () => {
    const { supervisor, at, outcome } = await running(2);
    supervisor.stop();
    await at(1).end(DONE);
    await pass(GRACE_MS + 9_999);
    expect(at(2).orders).toEqual(['stop']);
    await pass(1);
    expect(at(2).orders).toEqual(['stop', 'kill']);
    expect(at(1).orders).toEqual(['stop']);
    await at(2).end(CRASH);
    expect(outcome.end).toEqual({ kind: 'killed' });
  });

  it('should be told once only', async () => {
    const { supervisor, at } = await running(1);
    supervisor.stop();
    supervisor.stop();
    expect(at(1).orders).toEqual(['stop']);
  });
});
