import type { Logger } from 'pino';
import type { GatewayFacts } from '../banner.js';
import type { ForkWorker, WorkerProcess } from './worker-process.js';
import { WorkerSlot } from './worker-slot.js';

const LONGEST_TIMER_MS = 2_147_483_647;
/** What a worker gets after SHUTDOWN_GRACE_MS: its drain cancels answers and closes sockets for 2 s each. */
const CLOSING_TIME_MS = 10_000;

export interface SupervisorOptions {
  /** How many workers. */
  count: number;
  /** SHUTDOWN_GRACE_MS */
  graceMs: number;
}

/** How it ended: all workers had finished, some were killed, or they could not be kept alive. */
export type SupervisorEnd = { kind: 'finished' } | { kind: 'killed' } | { kind: 'gave-up'; reason: string };

/** Keeps a number of workers running, and ends them with itself. What a process is it does not know. */
export class Supervisor {
  /** Settles when it was stopped, or gave up, and no worker is left. Never rejects. */
  readonly ended: Promise<SupervisorEnd>;
  private readonly slots: readonly WorkerSlot[];
  private readonly alive = new Set<WorkerProcess>();
  private settle!: (end: SupervisorEnd) => void;
  private end: SupervisorEnd = { kind: 'finished' };
  private isStopping = false;
  private hasStarted = false;
  private isRestarting = false;
  private mustRestart = false;

  constructor(
    private readonly fork: ForkWorker,
    private readonly options: SupervisorOptions,
    private readonly log: Pick<Logger, 'info' | 'error'>,
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
    const giveUp = (reason: string): void => {
      this.end = { kind: 'gave-up', reason };
      this.stop();
    };
    this.slots = Array.from({ length: options.count }, () => new WorkerSlot(this.launch, log, giveUp));
  }

  /**
   * Starts all workers at once.
   *
   * @returns what the first tells of itself when all listen; null when it was stopped before
   * @throws Error of the first worker that cannot start; the others are gone by then
   */
  async start(): Promise<GatewayFacts | null> {
    try {
      const [facts] = await Promise.all(this.slots.map((slot) => slot.start()));
      this.hasStarted = true;
      return facts ?? null;
    } catch (error) {
      if (this.isStopping) return null;
      this.stop();
      await this.ended;
      throw error;
    }
  }

  /**
   * Replaces one worker after the other. Asked for while it is at it, it does so once more: what has been changed since is to
   * reach every worker. When a new worker does not start, the remaining old ones stay.
   */
  async restart(): Promise<void> {
    if (this.isStopping || !this.hasStarted) return;
    this.mustRestart = true;
    if (this.isRestarting) return;
    this.isRestarting = true;
    while (this.mustRestart) {
      this.mustRestart = false;
      await this.replaceAll();
    }
    this.isRestarting = false;
  }

  /** Has all workers finish their answers and end. Those who take longer than they may are killed. */
  stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    for (const slot of this.slots) slot.close();
    for (const worker of this.alive) worker.stop();
    const limit = Math.min(this.options.graceMs + CLOSING_TIME_MS, LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      this.kill();
    }, limit);
    void Promise.all([...this.alive].map(({ ended }) => ended)).then(() => {
      clearTimeout(timer);
      this.settle(this.end);
    });
  }

  /** Does not wait for running answers any longer. */
  kill(): void {
    if (this.end.kind === 'finished') this.end = { kind: 'killed' };
    for (const { id, pid } of this.alive) this.log.error({ worker: id, worker_pid: pid }, 'worker killed');
    for (const worker of this.alive) worker.kill();
  }

  private readonly launch: ForkWorker = () => {
    const worker = this.fork();
    this.alive.add(worker);
    void worker.ended.then(() => this.alive.delete(worker));
    return worker;
  };

  /** Few processes at a time, but a long answer does not hold the others up: it goes on beside them. */
  private async letGo({ ended }: WorkerProcess): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, this.options.graceMs)));
    await Promise.race([ended, limit]);
    clearTimeout(timer);
  }

  private async replaceAll(): Promise<void> {
    this.log.info(`replacing ${this.slots.length} workers`);
    for (const slot of this.slots) {
      if (this.isStopping) return;
      try {
        const retired = await slot.replace();
        if (retired) await this.letGo(retired);
      } catch (error) {
        this.reportFailedStart(error);
        return;
      }
    }
    this.log.info('all workers replaced');
  }

  private reportFailedStart(error: unknown): void {
    if (!this.isStopping)
      this.log.error({ err: error }, 'replacing workers stopped: a new one does not start');
  }
}
