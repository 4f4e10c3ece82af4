import type { Database as LibsqlDatabase } from 'libsql';
import type Connection from 'libsql/promise';

const PERIOD_MS = 1_000;
/** 16 MB. A thread that never gets to the end of what is still being written leaves the rest to a commit, now and then. */
const PAGES_AT_MOST = 4_096;

/**
 * Moves what is committed from the log of the file (WAL) into the file, by a connection whose work is done in a thread. SQLite
 * itself does it within a commit, on the event loop, and all that is being answered waits for the disk.
 */
export class FileCheckpoints {
  private readonly timer: NodeJS.Timeout;
  private isDue = false;
  private isRunning = false;

  private constructor(private readonly connection: Connection) {
    this.timer = setInterval(() => {
      if (this.isDue && !this.isRunning) void this.move();
    }, PERIOD_MS).unref();
  }

  static async start(database: LibsqlDatabase, path: string): Promise<FileCheckpoints> {
    const { default: Opened } = await import('libsql/promise');
    database.pragma(`wal_autocheckpoint = ${PAGES_AT_MOST}`);
    return new FileCheckpoints(new Opened(path, {}));
  }

  /** Something may have been written. */
  wake(): void {
    this.isDue = true;
  }

  stop(): void {
    clearInterval(this.timer);
    this.connection.close();
  }

  /** Moves what is there by now; never rejects. */
  async move(): Promise<void> {
    this.isDue = false;
    this.isRunning = true;
    // Where it fails (another process does the same just now) the next one moves more.
    await (this.connection.exec('pragma wal_checkpoint(passive)') as Promise<void>).catch(() => undefined);
    this.isRunning = false;
  }
}
