import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { invalidEnvironment } from '../config/invalid-environment.js';

/** Files are looked at rather than listened to: a mounted one changes by a link in a folder above it. */
const CHECK_INTERVAL_MS = 2_000;

/** A file as it was when it was last right. */
export interface WatchedFile<T> {
  readonly current: T;
  /** The variable that names it, and its path: `MODELS_FILE=/etc/models.yaml`. */
  readonly label: string;
}

/** Files that settings name. They are read again when they change and on SIGHUP; a wrong one is logged and what was read before stays. */
@Injectable()
export class WatchedFiles implements OnApplicationShutdown {
  private readonly readers = new Map<() => void, string>();

  constructor(private readonly logger: PinoLogger) {
    logger.setContext(WatchedFiles.name);
  }

  /**
   * Reads a file, now and whenever it changes.
   *
   * @param variable that names it
   * @param parse throws an Error whose message begins with the label
   * @throws Error when it cannot be read or is wrong now
   */
  open<T>(variable: string, path: string, parse: (text: string, label: string) => T): WatchedFile<T> {
    const label = `${variable}=${path}`;
    const read = (): T => parse(readText(path, label), label);
    const file = { current: firstOf(read), label };
    const readAgain = (): void => {
      try {
        file.current = read();
        this.logger.info(`${label}: reloaded`);
      } catch (error) {
        this.logger.error({ err: error }, `${label}: reload failed, the previous content stays in use`);
      }
    };
    this.readers.set(readAgain, path);
    watchFile(path, { interval: CHECK_INTERVAL_MS, persistent: false }, readAgain);
    return file;
  }

  /** Likewise where a file is named; else it is `otherwise`, for good. */
  openIfNamed<T>(
    variable: string,
    path: string | undefined,
    parse: (text: string, label: string) => T,
    otherwise: T,
  ): WatchedFile<T> {
    return path === undefined ? { current: otherwise, label: variable } : this.open(variable, path, parse);
  }

  /** Reads all of them again. */
  reload(): void {
    if (this.readers.size === 0) this.logger.info('no files to reload');
    for (const readAgain of this.readers.keys()) readAgain();
  }

  onApplicationShutdown(): void {
    for (const [readAgain, path] of this.readers) unwatchFile(path, readAgain);
  }
}

function firstOf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalidEnvironment((error as Error).message);
  }
}

function readText(path: string, label: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${label}: cannot be read: ${(cause as Error).message}`, { cause });
  }
}
