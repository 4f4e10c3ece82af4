import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import type { Job, JobQueue } from '../../src/coordination/job-queue.js';
import { InProcessJobQueue } from '../../src/coordination/memory/in-process-job-queue.js';
import { BullJobQueue } from '../../src/coordination/redis/bull-job-queue.js';
import { RedisConnections } from '../../src/coordination/redis/redis-connections.js';
import { recordingLogger } from '../support/recording-logger.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const LEASE_MS = 2_000;
const WORKER = fileURLToPath(new URL('../support/job-worker.mjs', import.meta.url));

jest.setTimeout(300_000);

interface Bounds {
  concurrency?: number;
  limit?: number;
}

const jobOf = (id: string): Job => ({ id, tenant: 'tenant' });
const jobsOf = (count: number): Job[] => Array.from({ length: count }, (_, index) => jobOf(`resp_${index}`));
const addAll = (queue: JobQueue, jobs: readonly Job[]): Promise<unknown> =>
  Promise.all(jobs.map((job) => queue.add(job)));

/** A handler whose jobs end when the test wants it. */
class Work {
  readonly begun: string[] = [];
  readonly aborted: string[] = [];
  readonly deaths: number[] = [];
  active = 0;
  most = 0;
  private readonly ends = new Map<string, () => void>();

  readonly handler = async ({ id }: Job, signal: AbortSignal, deaths: number): Promise<void> => {
    this.begun.push(id);
    this.deaths.push(deaths);
    this.most = Math.max(this.most, ++this.active);
    await new Promise<void>((resolve) => {
      this.ends.set(id, resolve);
      const abort = (): void => {
        this.aborted.push(id);
        resolve();
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    });
    this.active--;
  };

  end(id: string): void {
    this.ends.get(id)?.();
  }

  endAll(): void {
    for (const end of this.ends.values()) end();
  }

  hasBegun(count: number): Promise<void> {
    return until(() => this.begun.length >= count);
  }
}

function queueContract(open: (bounds?: Bounds) => Promise<JobQueue>): void {
  let work: Work;

  beforeEach(() => {
    work = new Work();
  });

  it('should hand each job out once, first come, first served', async () => {
    const queue = await open({ concurrency: 1 });
    const jobs = jobsOf(10);
    for (const job of jobs) await queue.add(job);
    queue.process(async ({ id }) => {
      work.begun.push(id);
      await Promise.resolve();
    });
    await work.hasBegun(10);
    expect(work.begun).toEqual(jobs.map(({ id }) => id));
  });

  it('should work on so many at a time', async () => {
    const queue = await open({ concurrency: 3 });
    await addAll(queue, jobsOf(8));
    queue.process(work.handler);
    await work.hasBegun(3);
    work.end('resp_1');
    await work.hasBegun(4);
    const ending = setInterval(() => {
      work.endAll();
    }, 5);
    await work.hasBegun(8);
    clearInterval(ending);
    work.endAll();
    expect(work.most).toBe(3);
    expect(work.deaths).toEqual(Array(8).fill(0));
  });

  it('should refuse more than may wait, and take jobs again once there is room', async () => {
    const queue = await open({ concurrency: 1, limit: 2 });
    await addAll(queue, jobsOf(2));
    await expect(queue.add(jobOf('more'))).rejects.toMatchObject({ status: 429, retryAfter: 1 });
    queue.process(work.handler);
    await work.hasBegun(1);
    await queue.add(jobOf('more'));
    await expect(queue.add(jobOf('yet_more'))).rejects.toMatchObject({ errorName: 'rate_limit_exceeded' });
    work.endAll();
  });

  it('should not take a job twice', async () => {
    const queue = await open();
    await queue.add(jobOf('same'));
    await queue.add(jobOf('same'));
    queue.process(work.handler);
    await work.hasBegun(1);
    await queue.add(jobOf('same'));
    await queue.add(jobOf('last'));
    await work.hasBegun(2);
    expect(work.begun).toEqual(['same', 'last']);
    work.endAll();
  });

  it('should take out a cancelled job that waits', async () => {
    const queue = await open();
    await addAll(queue, jobsOf(3));
    await queue.cancel(jobOf('resp_1'));
    queue.process(work.handler);
    await work.hasBegun(2);
    expect(work.begun).toEqual(['resp_0', 'resp_2']);
    work.endAll();
  });

  it('should abort a cancelled job that is worked on, and no other', async () => {
    const queue = await open();
    queue.process(work.handler);
    await addAll(queue, jobsOf(2));
    await work.hasBegun(2);
    await queue.cancel(jobOf('resp_1'));
    await until(() => work.aborted.length > 0);
    expect(work.aborted).toEqual(['resp_1']);
    await queue.cancel(jobOf('unknown'));
    work.endAll();
  });

  it('should go on after a job that fails', async () => {
    const queue = await open({ concurrency: 1 });
    queue.process(async (job) => {
      work.begun.push(job.id);
      await Promise.resolve();
      throw new Error('it fails');
    });
    await addAll(queue, jobsOf(3));
    await work.hasBegun(3);
    expect([...work.begun].sort()).toEqual(['resp_0', 'resp_1', 'resp_2']);
  });

  it('should hand out no more once it is paused, while what is worked on goes on', async () => {
    const queue = await open({ concurrency: 2 });
    queue.process(work.handler);
    await queue.add(jobOf('first'));
    await work.hasBegun(1);
    await queue.pause();
    await queue.add(jobOf('second'));
    await queue.cancel(jobOf('first'));
    await until(() => work.active === 0);
    await queue.close();
    expect(work.aborted).toEqual(['first']);
    expect(work.begun).toEqual(['first']);
  });
}

describe('a job queue in the process', () => {
  queueContract(({ concurrency = 4, limit = 100 } = {}) =>
    Promise.resolve(new InProcessJobQueue({ concurrency, limit }, recordingLogger().logger)),
  );
});

(HAS_REDIS ? describe : describe.skip)('a job queue in Redis', () => {
  let server: RedisServer;
  let opened: RedisConnections[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    const [first] = opened;
    await first?.commands.flushall();
    await Promise.all(opened.map((connections) => connections.onApplicationShutdown()));
    opened = [];
  });
  afterAll(async () => {
    await server.remove();
  });

  async function open({ concurrency = 4, limit = 100 }: Bounds = {}): Promise<JobQueue> {
    const { logger } = recordingLogger();
    const connections = (await RedisConnections.open({ REDIS_URL: server.url }, logger))!;
    opened.push(connections);
    const bounds = { BACKGROUND_CONCURRENCY: concurrency, BACKGROUND_QUEUE_LIMIT: limit, LEASE_MS };
    return BullJobQueue.open(connections, bounds, logger);
  }

  queueContract(open);

  it('should share the jobs among replicas, each of them once', async () => {
    const replicas = await Promise.all([open(), open(), open()]);
    const work = replicas.map(() => new Work());
    replicas.forEach((queue, index) => {
      queue.process(work[index]!.handler);
    });
    await addAll(replicas[0], jobsOf(12));
    await until(() => work.reduce((sum, { begun }) => sum + begun.length, 0) === 12);
    expect(work.flatMap(({ begun }) => begun).sort()).toEqual(
      jobsOf(12)
        .map(({ id }) => id)
        .sort(),
    );
    for (const each of work) {
      expect(each.begun).toHaveLength(4);
      each.endAll();
    }
  });

  it('should abort a job that another replica works on', async () => {
    const [here, there] = [await open(), await open()];
    const work = new Work();
    there.process(work.handler);
    await here.add(jobOf('job'));
    await work.hasBegun(1);
    const cancelledAt = performance.now();
    await here.cancel(jobOf('job'));
    await until(() => work.aborted.length > 0);
    expect(work.aborted).toEqual(['job']);
    process.stdout.write(
      `cancelled on another replica in ${Math.ceil(performance.now() - cancelledAt)} ms\n`,
    );
  });

  it('should abort it also when the message was lost', async () => {
    const [here, there] = [await open(), await open()];
    const work = new Work();
    there.process(work.handler);
    await here.add(jobOf('job'));
    await work.hasBegun(1);
    jest.spyOn(opened[0]!.commands, 'publish').mockResolvedValue(0);
    await here.cancel(jobOf('job'));
    await until(() => work.aborted.length > 0);
    expect(work.aborted).toEqual(['job']);
  });

  it('should go on when Redis has been away, and fail at once meanwhile', async () => {
    const queue = await open();
    const work = new Work();
    queue.process(work.handler);
    await addAll(queue, jobsOf(6));
    await work.hasBegun(4);
    await server.kill();
    await until(() => opened[0]!.commands.status !== 'ready');
    await expect(queue.add(jobOf('meanwhile'))).rejects.toMatchObject({ status: 503, retryAfter: 1 });
    await expect(queue.cancel(jobOf('resp_0'))).rejects.toMatchObject({ errorName: 'store_unavailable' });
    work.end('resp_0');
    await server.startAgain();
    await until(() => opened[0]!.isReady());
    await queue.add(jobOf('afterwards'));
    await work.hasBegun(5);
    const ending = setInterval(() => {
      work.endAll();
    }, 5);
    await work.hasBegun(7);
    clearInterval(ending);
    work.endAll();
    expect(new Set(work.begun).size).toBe(work.begun.length);
    expect(work.begun).toContain('afterwards');
  });

  it('should let a job go on where it is when its lock has ended in the meantime', async () => {
    const queue = await open({ concurrency: 3 });
    const work = new Work();
    queue.process(work.handler);
    await queue.add(jobOf('job'));
    await work.hasBegun(1);
    const { commands } = opened[0]!;
    const [lock] = await commands.keys('*:job:lock');
    await commands.del(lock!);
    await until(async () => Number(await commands.hget(lock!.replace(/:lock$/, ''), 'stc')) > 0);
    await queue.add(jobOf('next'));
    await work.hasBegun(2);
    expect(work.begun).toEqual(['job', 'next']);
    work.endAll();
  });
});

(HAS_REDIS ? describe : describe.skip)('a job whose worker is killed', () => {
  const built = useBuiltGateway();
  let server: RedisServer;
  let workers: ChildProcess[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => {
    for (const worker of workers) worker.kill('SIGKILL');
    workers = [];
  });
  afterAll(async () => {
    await server.remove();
  });

  /** @returns the first line it says: which job it has, and how many have died with it */
  async function startWorker(): Promise<{ worker: ChildProcess; said: Promise<string> }> {
    const worker = spawn(
      process.execPath,
      [WORKER, join(built.folder, 'dist'), server.url, String(LEASE_MS)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    workers.push(worker);
    const said = once(createInterface(worker.stdout), 'line').then(([line]) => String(line));
    await once(worker, 'spawn');
    return { worker, said };
  }

  it('should be handed to another within the lease, as often as it takes', async () => {
    const { logger } = recordingLogger();
    const connections = (await RedisConnections.open({ REDIS_URL: server.url }, logger))!;
    const bounds = { BACKGROUND_CONCURRENCY: 1, BACKGROUND_QUEUE_LIMIT: 10, LEASE_MS };
    const queue = await BullJobQueue.open(connections, bounds, logger);
    await queue.add(jobOf('job'));
    for (const deaths of [0, 1, 2]) {
      const { worker, said } = await startWorker();
      expect(await said).toBe(`job ${deaths}`);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    const work = new Work();
    const killedAt = performance.now();
    queue.process(work.handler);
    await work.hasBegun(1);
    process.stdout.write(
      `handed on ${Math.ceil(performance.now() - killedAt)} ms after SIGKILL, with a lease of ${LEASE_MS} ms\n`,
    );
    expect(work.deaths).toEqual([3]);
    work.endAll();
    await connections.onApplicationShutdown();
  });
});
