import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InFlightLimiter } from './in-flight.limiter.js';
import { type Running, RunningList } from './running-list.js';

const CHECK_INTERVAL_MS = 20;
/** Time for cancelled answers to write their final events. */
const CLOSING_TIME_MS = 2_000;

/**
 * Graceful shutdown: new and queued requests are rejected, running answers may finish within SHUTDOWN_GRACE_MS, the rest end as
 * failed responses.
 */
@Injectable()
export class DrainService implements BeforeApplicationShutdown {
  private readonly running = new RunningList();
  private draining = false;
  private drained: Promise<void> | null = null;

  constructor(
    private readonly environment: Environment,
    private readonly limiter: InFlightLimiter,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(DrainService.name);
  }

  get isDraining(): boolean {
    return this.draining;
  }

  enter(entry: Running): void {
    this.running.add(entry);
  }

  leave(entry: Running): void {
    this.running.delete(entry);
  }

  /** Resolves when no answer is running any more; further calls wait for the same end. */
  beforeApplicationShutdown(): Promise<void> {
    this.drained ??= this.stop();
    return this.drained;
  }

  private async stop(): Promise<void> {
    const grace_ms = this.environment.SHUTDOWN_GRACE_MS;
    this.draining = true;
    this.logger.info(
      { running: this.running.size, grace_ms },
      'shutting down: new requests are refused, running answers may finish',
    );
    this.limiter.close(new GatewayError('shutting_down'));
    await this.waitUntilIdle(grace_ms);
    const late = this.running.copy();
    for (const entry of late) entry.cancel(new GatewayError('shutting_down'));
    await this.waitUntilIdle(CLOSING_TIME_MS);
    this.logger.info({ ended_early: late.length, running: this.running.size }, 'stopped');
  }

  /** A request that was let in may not be an answer yet, and one that was refused not be answered. */
  private isBusy(): boolean {
    return this.running.size > 0 || this.limiter.size > 0;
  }

  private async waitUntilIdle(limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (this.isBusy() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS));
    }
  }
}
