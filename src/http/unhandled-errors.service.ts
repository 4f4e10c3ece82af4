import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { config } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import { DrainService } from './drain.service.js';

/** How long the end of an answer may be on its way through deployers' interceptors. */
const PATIENCE_MS = 1_000;

/**
 * The last net: what a subscription of a deployer's own throws is logged. RxJS would throw it once more and so end the process. If it has kept
 * the end of an answer from its client, that answer fails.
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
    this.logger.error({ err: cause }, 'an error was thrown where nobody handles it');
    const stranded = this.drain.listEnded();
    if (stranded.length === 0) return;
    setTimeout(() => {
      for (const call of stranded) {
        if (call.slot >= 0) call.cancel(new GatewayError('internal_error', { cause }));
      }
    }, PATIENCE_MS).unref();
  };
}
