import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '../database/database.service.js';
import { sweepCoordination } from '../database/sweep-coordination.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { ResponseStore } from './response-store.js';

const EVERY_MS = 60_000;
const BATCH = 200;
/** So that requests come in between. */
const PAUSE_MS = 20;

/** Deletes what has expired: at intervals, in small batches. */
@Injectable()
export class SweeperService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private hasFailed = false;

  constructor(
    private readonly database: Database,
    @InjectExtension(ResponseStore) private readonly responses: ResponseStore,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(SweeperService.name);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await this.sweeping;
  }

  /** Deletes all that has expired. Never rejects; a sweep that goes on is joined. */
  sweep(): Promise<void> {
    this.sweeping ??= this.run().finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  private async run(): Promise<void> {
    try {
      await this.sweepAll((limit) => this.responses.sweep(limit));
      const { database } = this;
      await this.sweepAll((limit) => database.run((db) => sweepCoordination(db, database.now, limit)));
      this.hasFailed = false;
    } catch (error) {
      // Said once: while the database cannot be reached every request says so too.
      if (!this.hasFailed) this.logger.error({ err: error }, 'What has expired could not be deleted');
      this.hasFailed = true;
    }
  }

  private async sweepAll(batch: (limit: number) => Promise<number>): Promise<void> {
    while (!this.stopped.signal.aborted && (await batch(BATCH)) > 0) {
      await pause(PAUSE_MS, undefined, { signal: this.stopped.signal, ref: false }).catch(() => undefined);
    }
  }
}
