import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

const CHATTY_AT_START = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's own log through pino; its start-up messages are logged at level debug, since the banner says what matters. */
@Injectable()
export class FrameworkLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTY_AT_START.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
