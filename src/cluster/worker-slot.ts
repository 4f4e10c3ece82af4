import type { Logger } from 'pino';
import type { GatewayFacts } from '../banner.js';
import { describeEnd, type ForkWorker, type WorkerEnd, type WorkerProcess } from './worker-process.js';

/** A worker that lived as long was not broken from the start. */
const STEADY_AFTER_MS = 10_000;
const FIRST_DELAY_MS = 250;
/** Deaths in a row, each within {@link STEADY_AFTER_MS}; with the doubled delays between them, some 4 s of pauses. */
const GIVE_UP_AFTER = 5;

/** One of the places for workers: holds a worker, puts another one in when it dies, and replaces it on demand. */
export class WorkerSlot {
  private current: WorkerProcess | null = null;
  private hasStarted = false;
  private isClosed = false;
  private earlyDeaths = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param giveUp told, with the reason, when its workers die one after the other */
  constructor(
    private readonly fork: ForkWorker,
    private readonly log: Pick<Logger, 'info' | 'error'>,
    private readonly giveUp: (reason: string) => void,
  ) {}

  /**
   * Puts the first worker in. Deaths are made up for only once it listens.
   *
   * @throws Error with the reason when it ends before
   */
  async start(): Promise<GatewayFacts> {
    const facts = await this.fill().listening;
    this.hasStarted = true;
    return facts;
  }

  /**
   * Puts a new worker in as soon as it listens, and retires the one before.
   *
   * @returns the one before, which takes its time to end; null when there was none
   * @throws Error with the reason when the new one ends before it listens; the old one stays
   */
  async replace(): Promise<WorkerProcess | null> {
    const successor = this.fork();
    await successor.listening;
    // Looked up only now: the old one may have died and been made up for in the meantime.
    const old = this.current;
    clearTimeout(this.timer);
    this.hold(successor);
    if (old) this.retire(old);
    return old;
  }

  /** No worker is put in any more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private retire(worker: WorkerProcess): void {
    worker.retire();
    void worker.ended.then((end) => {
      if (end.code === 0 || this.isClosed) return;
      this.log.error(
        { worker: worker.id, worker_pid: worker.pid, code: end.code, signal: end.signal },
        `replaced worker died before it was done: ${describeEnd(end)}`,
      );
    });
  }

  private fill(): WorkerProcess {
    const worker = this.fork();
    this.hold(worker);
    return worker;
  }

  private hold(worker: WorkerProcess): void {
    const since = performance.now();
    this.current = worker;
    void worker.ended.then((end) => {
      if (this.current !== worker) return;
      this.current = null;
      if (this.hasStarted && !this.isClosed) this.makeUpFor(worker, end, performance.now() - since);
    });
  }

  private makeUpFor({ id, pid }: WorkerProcess, end: WorkerEnd, livedMs: number): void {
    this.earlyDeaths = livedMs < STEADY_AFTER_MS ? this.earlyDeaths + 1 : 0;
    const delay = this.earlyDeaths === 0 ? 0 : FIRST_DELAY_MS * 2 ** (this.earlyDeaths - 1);
    const isHopeless = this.earlyDeaths >= GIVE_UP_AFTER;
    const { code, signal } = end;
    this.log.error(
      { worker: id, worker_pid: pid, code, signal, ...(!isHopeless && { restart_in_ms: delay }) },
      `worker died: ${describeEnd(end)}`,
    );
    if (isHopeless) {
      this.giveUp(
        `Workers die as soon as they are started (${this.earlyDeaths} times in a row, last: ${describeEnd(end)}).`,
      );
      return;
    }
    this.timer = setTimeout(() => {
      const successor = this.fill();
      successor.listening.then(
        () => {
          this.log.info(
            { worker: successor.id, worker_pid: successor.pid, instead_of: id },
            'worker listens',
          );
        },
        // Its end is told, and made up for, like any other.
        () => undefined,
      );
    }, delay);
  }
}
