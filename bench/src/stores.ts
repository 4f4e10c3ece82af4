import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcesses } from './child-processes.js';
import { BUILD } from './paths.js';
import { HAS_POSTGRES, PostgresServer } from './postgres-server.js';

/** Where a gateway keeps responses. */
export type Store = 'none' | 'file' | 'PostgreSQL';

/** The databases of a run, each of them of one gateway. */
export class Stores {
  private readonly folder = join(BUILD, `stores-${process.pid}`);
  private postgres: Promise<PostgresServer> | null = null;
  private databases = 0;

  /** @param isQuick leaves PostgreSQL out: it takes seconds to start */
  constructor(
    private readonly processes: ChildProcesses,
    private readonly isQuick: boolean,
  ) {
    process.once('exit', () => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Those that can be measured here. */
  get available(): readonly Store[] {
    return HAS_POSTGRES && !this.isQuick ? ['none', 'file', 'PostgreSQL'] : ['none', 'file'];
  }

  /** Variables for a gateway that keeps responses in a new, empty database. */
  async open(store: Store): Promise<Record<string, string>> {
    if (store === 'none') return { DATABASE_URL: 'none' };
    if (store === 'PostgreSQL') {
      this.postgres ??= PostgresServer.start(this.processes);
      return { DATABASE_URL: await (await this.postgres).createDatabase() };
    }
    mkdirSync(this.folder, { recursive: true });
    return { DATABASE_URL: `file:${join(this.folder, `${++this.databases}.db`)}` };
  }

  async stop(): Promise<void> {
    await (await this.postgres)?.stop();
    this.postgres = null;
  }
}
