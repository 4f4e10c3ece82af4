import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { config } from 'rxjs';

/**
 * Handles uncaught errors, such as one thrown in a subscription of an extension: RxJS rethrows them, which would end the process; here
 * they are logged.
 */
@Injectable()
export class UnhandledErrors implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly logger: PinoLogger) {
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

  /** An error behind the end, as a teardown's is: RxJS has nobody to give it to. */
  private readonly notice: typeof config.onStoppedNotification = (notification) => {
    if (notification.kind === 'E') this.take(notification.error);
  };

  private readonly take = (cause: unknown): void => {
    this.logger.error({ err: cause }, 'unhandled error');
  };
}
