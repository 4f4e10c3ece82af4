import { readdirSync, readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { invalidEnvironment } from '../config/invalid-environment.js';

/** Files are looked at rather than listened to: a mounted one changes by a link in a folder above it. */
const CHECK_INTERVAL_MS = 2_000;
const YAML_FILE = /^[^.].*\.ya?ml$/;

/** Calls back when something has changed. @returns stops that */
type Watch = (changed: () => void) => () => void;

/** A file as it was when it was last right. */
export interface WatchedFile<T> {
  readonly current: T;
  /** The variable that names it, and its path: `CONFIG_FILE=/etc/gateway.yaml`. */
  readonly label: string;
  /** Calls back when it has been read again. */
  onChange(listener: () => void): void;
}

/** Files that settings name. They are read again when they change and on SIGHUP; a wrong one is logged, tried again and again, and what was read before stays. */
@Injectable()
export class WatchedFiles implements OnApplicationShutdown {
  private readonly readers = new Set<() => void>();
  private readonly closers = new Map<WatchedFile<unknown>, () => void>();
  private readonly reopeners: (() => void)[] = [];

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
    const watch: Watch = (changed) => {
      watchFile(path, { interval: CHECK_INTERVAL_MS, persistent: false }, changed);
      return () => {
        unwatchFile(path, changed);
      };
    };
    return this.keep(label, () => parse(readText(path, label), label), watch);
  }

  /**
   * Likewise the YAML files of a folder, by their names. One that is added or taken away is a change too.
   *
   * @throws Error when one of them cannot be read or is wrong now
   */
  openFolder<T>(
    variable: string,
    path: string,
    parse: (texts: ReadonlyMap<string, string>, label: string) => T,
  ): WatchedFile<T> {
    const label = `${variable}=${path}`;
    const watch: Watch = (changed) => {
      let seen = stampOf(path);
      const look = (): void => {
        const stamp = stampOf(path);
        if (stamp === seen) return;
        seen = stamp;
        changed();
      };
      const timer = setInterval(look, CHECK_INTERVAL_MS).unref();
      return () => {
        clearInterval(timer);
      };
    };
    return this.keep(label, () => parse(readFolder(path, label), label), watch);
  }

  private keep<T>(label: string, read: () => T, watch: Watch): WatchedFile<T> {
    const listeners: (() => void)[] = [];
    const onChange = (listener: () => void): void => {
      listeners.push(listener);
    };
    const file = { current: firstOf(read), label, onChange };
    let retry: NodeJS.Timeout | undefined;
    let reason = '';
    const readAgain = (isRetry: boolean): void => {
      clearTimeout(retry);
      try {
        file.current = read();
      } catch (error) {
        const { message } = error as Error;
        if (!isRetry || message !== reason)
          this.logger.error({ err: error }, `${label}: reload failed, the previous content stays in use`);
        reason = message;
        // What it names may be there in a moment, such as a file that is mounted apart.
        retry = setTimeout(readAgain, CHECK_INTERVAL_MS, true).unref();
        return;
      }
      for (const listener of listeners) listener();
      this.logger.info(`${label}: reloaded`);
    };
    const readNow = (): void => {
      readAgain(false);
    };
    this.readers.add(readNow);
    const unwatch = watch(readNow);
    this.closers.set(file, () => {
      this.readers.delete(readNow);
      unwatch();
      clearTimeout(retry);
    });
    return file;
  }

  /** Likewise where a file is named; else it is `otherwise`, for good. */
  openIfNamed<T>(
    variable: string,
    path: string | undefined,
    parse: (text: string, label: string) => T,
    otherwise: T,
  ): WatchedFile<T> {
    if (path !== undefined) return this.open(variable, path, parse);
    return { current: otherwise, label: variable, onChange: () => undefined };
  }

  /** The file is no longer looked at: what was read last stays. */
  close(file: WatchedFile<unknown>): void {
    this.closers.get(file)?.();
    this.closers.delete(file);
  }

  /** For files that are written: `reopen` is called on SIGHUP, after which another one may stand at the path. */
  onReload(reopen: () => void): void {
    this.reopeners.push(reopen);
  }

  /** Reads all of them again. */
  reload(): void {
    if (this.readers.size + this.reopeners.length === 0) this.logger.info('no files to reload');
    for (const reopen of this.reopeners) reopen();
    for (const readAgain of this.readers) readAgain();
  }

  onApplicationShutdown(): void {
    for (const close of this.closers.values()) close();
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

function readFolder(path: string, label: string): Map<string, string> {
  try {
    return new Map(filesOf(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
  } catch (cause) {
    throw new Error(`${label}: cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Changes with every file. */
function stampOf(path: string): string {
  try {
    const stats = filesOf(path).map((name) => [name, statSync(join(path, name))] as const);
    return stats.map(([name, { mtimeMs, size, ino }]) => `${name}:${mtimeMs}:${size}:${ino}`).join('/');
  } catch (error) {
    return (error as Error).message;
  }
}

function filesOf(path: string): string[] {
  return readdirSync(path)
    .filter((name) => YAML_FILE.test(name))
    .sort();
}
