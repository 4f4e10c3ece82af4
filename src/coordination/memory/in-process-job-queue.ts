import type { PinoLogger } from 'nestjs-pino';
import { GatewayError } from '../../errors/gateway-error.js';
import { type Job, type JobCounts, type JobHandler, JobQueue } from '../job-queue.js';

export interface QueueBounds {
  /** Jobs that are worked on at a time. */
  concurrency: number;
  /** Jobs that may wait. */
  limit: number;
}

/** Jobs of this process, first come, first served; they end with it. */
export class InProcessJobQueue extends JobQueue {
  private readonly waiting = new Map<string, Job>();
  private readonly running = new Map<string, AbortController>();
  private handler: JobHandler | null = null;
  private isPaused = false;

  constructor(
    private readonly bounds: QueueBounds,
    private readonly logger: PinoLogger,
  ) {
    super();
  }

  add(job: Job): Promise<void> {
    if (this.waiting.has(job.id) || this.running.has(job.id)) return Promise.resolve();
    if (this.waiting.size >= this.bounds.limit)
      return Promise.reject(new GatewayError('rate_limit_exceeded'));
    this.waiting.set(job.id, job);
    this.fill();
    return Promise.resolve();
  }

  process(handler: JobHandler): void {
    this.handler = handler;
    this.fill();
  }

  cancel({ id }: Job): Promise<void> {
    this.waiting.delete(id);
    this.running.get(id)?.abort();
    return Promise.resolve();
  }

  override counts(): Promise<JobCounts> {
    return Promise.resolve({ waiting: this.waiting.size, running: this.running.size });
  }

  pause(): Promise<void> {
    this.isPaused = true;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.waiting.clear();
    return this.pause();
  }

  private fill(): void {
    if (!this.handler) return;
    for (const job of this.waiting.values()) {
      if (this.isPaused || this.running.size >= this.bounds.concurrency) return;
      this.waiting.delete(job.id);
      void this.run(job, this.handler);
    }
  }

  private async run(job: Job, handler: JobHandler): Promise<void> {
    const abort = new AbortController();
    this.running.set(job.id, abort);
    try {
      await handler(job, abort.signal, 0);
    } catch (error) {
      this.logger.error({ err: error }, `job ${job.id} failed`);
    }
    this.running.delete(job.id);
    this.fill();
  }
}
