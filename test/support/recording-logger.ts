import type { PinoLogger } from 'nestjs-pino';

/** A logger that keeps what it is told: the level and text of each line. */
export function recordingLogger(): { logger: PinoLogger; lines: string[] } {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (first: unknown, text: unknown = first): void => {
      lines.push(`${level}: ${String(text)}`);
    };
  const logger = { setContext: () => undefined, info: log('info'), warn: log('warn'), error: log('error') };
  return { logger: logger as unknown as PinoLogger, lines };
}
