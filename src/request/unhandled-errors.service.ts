import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { config } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import { DrainService } from './drain.service.js';

/** Time for the end of an answer to pass through the interceptors of extensions. */
const GRACE_MS = 1_000;

/**
 * Handles uncaught errors, such as one thrown in a subscription of an extension: RxJS rethrows them, which would end the process; here
 * they are logged. An answer whose end was lost that way fails.
 */
@Injectable()
export class UnhandledErrors implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly drain: DrainService,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext('unhandled');
  }

  onModuleInit(): void {
    config.onUnhandledError = this.take;
    config.onStoppedNotification = this.notice;
  }

  onApplicationShutdown(): void {
    if (config.onUnhandledError !== this.take) return;
    config.onUnhandledError = null;
    config.onStoppedNotification = null;
  }

  /** An error behind the end, as a teardown's is: RxJS has nobody to give it to, and the end may have stopped halfway. */
  private readonly notice: typeof config.onStoppedNotification = (notification) => {
    if (notification.kind === 'E') this.take(notification.error);
  };

  private readonly take = (cause: unknown): void => {
    this.logger.error({ err: cause }, 'unhandled error');
    const stranded = this.drain.listEnded();
    if (stranded.length === 0) return;
    setTimeout(() => {
      for (const context of stranded) {
        if (context.slot >= 0) context.cancel(new GatewayError('internal_error', { cause }));
      }
    }, GRACE_MS).unref();
  };
}
