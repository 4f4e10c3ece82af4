import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { PinoLogger } from 'nestjs-pino';
import { destination } from 'pino';
import { invalidEnvironment } from '../../config/invalid-environment.js';
import type { WatchedFiles } from '../../reload/watched-files.service.js';

/** Lines are gathered, and written in the background: calls do not wait for a disk. */
const GATHERED = { sync: false, minLength: 4_096, periodicFlush: 1_000 };
/** Of a disk that does not take them; more are lost, rather than the process. */
const MOST_UNWRITTEN = 16 * 1024 * 1024;

type Destination = ReturnType<typeof destination>;

/** Where the lines of the audit log go. */
export class AuditOutput implements OnApplicationShutdown {
  private lost = 0;

  private constructor(
    private readonly destination: Destination,
    private readonly logger: PinoLogger,
  ) {
    destination.on('error', (error: Error) => {
      this.logger.error({ err: error }, 'the audit log cannot be written');
    });
    destination.on('drop', () => {
      if (this.lost++ === 0)
        this.logger.error('the audit log cannot be written as fast as it grows: lines are lost');
    });
  }

  /**
   * @param target `stdout`, or a path
   * @throws Error when the file cannot be written
   */
  static async open(target: string, files: WatchedFiles, logger: PinoLogger): Promise<AuditOutput> {
    logger.setContext(AuditOutput.name);
    const isFile = target !== 'stdout';
    if (isFile) tryOut(target);
    const stream = destination({ ...GATHERED, maxLength: MOST_UNWRITTEN, dest: isFile ? target : 1 });
    await once(stream, 'ready');
    const output = new AuditOutput(stream, logger);
    if (isFile) {
      files.onReload(() => {
        stream.reopen();
      });
    }
    return output;
  }

  write(line: object): void {
    this.destination.write(`${JSON.stringify(line)}\n`);
  }

  /** The last answers have ended by then, and are in it. */
  onApplicationShutdown(): void {
    try {
      this.destination.flushSync();
    } catch (error) {
      this.logger.error({ err: error }, 'the last lines of the audit log cannot be written');
    }
    if (this.lost > 0) this.logger.error({ lost: this.lost }, 'lines of the audit log were lost');
  }
}

/** pino's destination would go on with a file that it could not open. */
function tryOut(path: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw invalidEnvironment(`AUDIT_LOG=${path}: cannot be written: ${(error as Error).message}`);
  }
}
