import type { Queue } from 'bullmq';
import { KEY_PREFIX, type RedisConnections } from '../coordination/redis/redis-connections.js';
import { Deliveries, type Deliver, type Delivery, PAUSES_MS } from './deliveries.js';

const NAME = 'webhooks';
const PREFIX = `${KEY_PREFIX}{webhooks}`;
const CONCURRENCY = 16;
const RETRY_MS = 1_000;

/** Deliveries of all replicas, in Redis: each of them attempts any. */
export class BullDeliveries extends Deliveries {
  private constructor(private readonly queue: Queue<Delivery>) {
    super();
  }

  static async open(
    connections: RedisConnections,
    deliver: Deliver,
    pausesMs: readonly number[] = PAUSES_MS,
  ): Promise<BullDeliveries> {
    const { Queue, Worker } = await import('bullmq');
    const queue = new Queue<Delivery>(NAME, {
      connection: connections.commands,
      prefix: PREFIX,
      defaultJobOptions: {
        attempts: pausesMs.length + 1,
        backoff: { type: 'custom' },
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    const worker = new Worker<Delivery>(
      NAME,
      async ({ data, attemptsMade }) => {
        if (!(await deliver(data, attemptsMade === pausesMs.length))) throw new Error('not accepted');
      },
      {
        connection: connections.openPatient(),
        prefix: PREFIX,
        concurrency: CONCURRENCY,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        runRetryDelay: RETRY_MS,
        settings: { backoffStrategy: (attemptsMade) => pausesMs[attemptsMade - 1] ?? 0 },
      },
    );
    const report = (error: Error): void => {
      connections.report(error);
    };
    queue.on('error', report);
    worker.on('error', report);
    await queue.waitUntilReady();
    connections.onClose(async () => {
      await worker.close(true);
      await queue.close();
    });
    return new BullDeliveries(queue);
  }

  async add(delivery: Delivery): Promise<void> {
    await this.queue.add(NAME, delivery);
  }
}
