import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ChildProcesses, Owner } from './child-processes.js';
import { findFreePort } from './gateway.js';

const START_LIMIT_MS = 20_000;
const POLL_MS = 50;
const BIN = findBinaries();

export const HAS_POSTGRES = BIN !== null;

/** A PostgreSQL with the settings it comes with, on the processor of the load: in production it has a machine of its own. */
export class PostgresServer {
  private databases = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly folder: string,
  ) {}

  /** @throws Error when it does not come up */
  static async start(processes: ChildProcesses): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
    process.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
    const owner = findOwner();
    if (owner) chownSync(folder, owner.uid, owner.gid);
    const data = join(folder, 'data');
    execFileSync(
      join(BIN ?? '', 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
      { ...owner, cwd: folder, stdio: 'ignore' },
    );
    const port = await findFreePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      // In its folder, which is removed also where it is killed.
      dynamic_shared_memory_type: 'mmap',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = processes.start([join(BIN ?? '', 'postgres'), '-D', data, '-p', String(port), ...args], {
      place: 'load',
      logName: 'postgres',
      folder,
      owner,
    });
    const server = new PostgresServer(child, port, folder);
    const limit = performance.now() + START_LIMIT_MS;
    while (!(await server.isUp())) {
      if (performance.now() > limit)
        throw new Error('PostgreSQL does not come up: see bench/build/postgres.log.');
      await sleep(POLL_MS);
    }
    return server;
  }

  /** @returns the URL of a new, empty database */
  async createDatabase(): Promise<string> {
    const name = `gateway_${++this.databases}`;
    await this.query(`create database ${name}`);
    return this.urlOf(name);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    // Ends at once, with everything of it tidied up.
    this.child.kill('SIGINT');
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private isUp(): Promise<boolean> {
    return this.query('select 1').then(
      () => true,
      () => false,
    );
  }

  private async query(text: string): Promise<void> {
    const client = new pg.Client(this.urlOf('postgres'));
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  private urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }
}

/** Debian keeps the programs of each version in a folder of its own; elsewhere they are in the PATH. */
function findBinaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root)
    ? readdirSync(root).sort((one, other) => Number(other) - Number(one))
    : [];
  const folders = [
    ...versions.map((version) => join(root, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** PostgreSQL refuses to run as root. */
function findOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'postgres']).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}
