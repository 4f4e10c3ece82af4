import type { PinoLogger } from 'nestjs-pino';
import { Deliveries, type Deliver, type Delivery, PAUSES_MS } from './deliveries.js';

/** Of an endpoint that is away for days. */
const MOST_WAITING = 10_000;

/** Deliveries by timers: what has not arrived when the process ends is lost. */
export class TimedDeliveries extends Deliveries {
  private readonly waiting = new Set<NodeJS.Timeout>();

  constructor(
    private readonly deliver: Deliver,
    private readonly logger: PinoLogger,
    private readonly pausesMs: readonly number[] = PAUSES_MS,
  ) {
    super();
  }

  add(delivery: Delivery): Promise<void> {
    void this.attempt(delivery, 0);
    return Promise.resolve();
  }

  /** Ends what waits. */
  close(): void {
    if (this.waiting.size > 0)
      this.logger.warn(`${this.waiting.size} webhooks have not arrived, and are lost with this process`);
    for (const timer of this.waiting) clearTimeout(timer);
    this.waiting.clear();
  }

  private async attempt(delivery: Delivery, made: number): Promise<void> {
    const pause = this.waiting.size < MOST_WAITING ? this.pausesMs[made] : undefined;
    if ((await this.deliver(delivery, pause === undefined)) || pause === undefined) return;
    const timer = setTimeout(() => {
      this.waiting.delete(timer);
      void this.attempt(delivery, made + 1);
    }, pause).unref();
    this.waiting.add(timer);
  }
}
