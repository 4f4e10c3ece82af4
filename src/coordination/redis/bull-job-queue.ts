import type { Job as BullJob, Queue, Worker } from 'bullmq';
import type { PinoLogger } from 'nestjs-pino';
import type { Environment } from '../../config/environment.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type Job, type JobCounts, type JobHandler, JobQueue } from '../job-queue.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';

const NAME = 'background';
const CANCELLED = `${KEY_PREFIX}cancelled`;
/** Longer than it takes until whoever works on a job has heard of it. */
const CANCELLED_KEPT_MS = 600_000;
/** Besides the message, which may be lost. */
const LOOK_AGAIN_MS = 1_000;
const RETRY_MS = 1_000;

type Bounds = Pick<Environment, 'BACKGROUND_CONCURRENCY' | 'BACKGROUND_QUEUE_LIMIT' | 'LEASE_MS'>;

interface Running {
  abort: AbortController;
  ended: Promise<void>;
}

/** Jobs of all replicas, in Redis. */
export class BullJobQueue extends JobQueue {
  private readonly running = new Map<string, Running>();
  private readonly stopListening: () => void;
  private readonly timer: NodeJS.Timeout;
  private worker: Worker<Job> | null = null;
  private adding = 0;
  private isPaused = false;

  private constructor(
    private readonly connections: RedisConnections,
    private readonly bounds: Bounds,
    private readonly logger: PinoLogger,
    private readonly bull: typeof import('bullmq'),
    private readonly queue: Queue<Job>,
  ) {
    super();
    queue.on('error', (error) => {
      connections.report(error);
    });
    connections.onClose(() => this.close());
    this.stopListening = connections.subscriber.subscribe(CANCELLED, (id) => {
      if (id === null) void this.abortCancelled();
      else this.running.get(id)?.abort.abort();
    });
    this.timer = setInterval(() => void this.abortCancelled(), LOOK_AGAIN_MS).unref();
  }

  static async open(
    connections: RedisConnections,
    bounds: Bounds,
    logger: PinoLogger,
  ): Promise<BullJobQueue> {
    const bull = await import('bullmq');
    const queue = new bull.Queue<Job>(NAME, { connection: connections.commands, prefix: PREFIX });
    await queue.waitUntilReady();
    return new BullJobQueue(connections, bounds, logger, bull, queue);
  }

  /** Replicas that add at the same moment may exceed the bound by a few. */
  async add(job: Job): Promise<void> {
    this.adding++;
    try {
      await this.connections.run(async () => {
        const waiting = await this.queue.getWaitingCount();
        if (waiting + this.adding > this.bounds.BACKGROUND_QUEUE_LIMIT)
          throw new GatewayError('rate_limit_exceeded');
        await this.queue.add(NAME, job, { jobId: job.id, removeOnComplete: true, removeOnFail: true });
      });
    } finally {
      this.adding--;
    }
  }

  process(handler: JobHandler): void {
    const { BACKGROUND_CONCURRENCY, LEASE_MS } = this.bounds;
    this.worker = new this.bull.Worker<Job>(NAME, (job, token) => this.work(job, token, handler), {
      connection: this.connections.openPatient(),
      prefix: PREFIX,
      concurrency: BACKGROUND_CONCURRENCY,
      // A job is handed on when its lock has ended, and a check after that has found it twice: all of it within the lease.
      lockDuration: LEASE_MS / 2,
      stalledInterval: LEASE_MS / 8,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: RETRY_MS,
    });
    this.worker.on('error', (error) => {
      this.connections.report(error);
    });
  }

  async cancel({ id }: Job): Promise<void> {
    await this.connections.run(async (redis) => {
      await redis.set(keyOf(id), '1', 'PX', CANCELLED_KEPT_MS);
      await this.queue.remove(id);
      await redis.publish(CANCELLED, id);
    });
  }

  override async counts(): Promise<JobCounts> {
    const waiting = await this.connections.run(() => this.queue.getWaitingCount());
    return { waiting, running: this.running.size };
  }

  async pause(): Promise<void> {
    this.isPaused = true;
    await this.worker?.pause(true);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.worker?.close(true);
    await this.queue.close();
  }

  private async work(job: BullJob<Job>, token: string | undefined, handler: JobHandler): Promise<void> {
    const { data, stalledCounter } = job;
    if (this.isPaused) {
      // The worker was waiting for one already when it was paused.
      await job.moveToWait(token);
      throw new this.bull.WaitingError();
    }
    // A job whose lock was lost while Redis was away comes back to where it is still worked on: it goes on there.
    const known = this.running.get(data.id);
    if (known) return known.ended;
    const abort = new AbortController();
    const ended = this.handle(data, abort, () => handler(data, abort.signal, stalledCounter));
    this.running.set(data.id, { abort, ended });
    await ended;
  }

  private async handle({ id }: Job, abort: AbortController, work: () => Promise<void>): Promise<void> {
    try {
      if (await this.isCancelled(id)) abort.abort();
      await work();
    } catch (error) {
      this.logger.error({ err: error }, `job ${id} failed`);
    } finally {
      this.running.delete(id);
    }
  }

  private async abortCancelled(): Promise<void> {
    for (const [id, { abort }] of this.running)
      if (!abort.signal.aborted && (await this.isCancelled(id))) abort.abort();
  }

  /** false where that cannot be told now: it is asked again. */
  private isCancelled(id: string): Promise<boolean> {
    return this.connections.commands.exists(keyOf(id)).then(
      (count) => count > 0,
      () => false,
    );
  }
}

/** In a cluster, keys of one script have to be together. */
const PREFIX = `${KEY_PREFIX}{jobs}`;

function keyOf(id: string): string {
  return `${CANCELLED}:${id}`;
}
