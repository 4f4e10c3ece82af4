import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from './free-port.js';

const BIN = findBinaries();

/**
 * Tests that need it are skipped where it is not installed; CI must have it.
 *
 * @example (HAS_POSTGRES ? describe : describe.skip)('on PostgreSQL (skipped where it is not installed)', () => …);
 */
export const HAS_POSTGRES = BIN !== null;
if (!HAS_POSTGRES && process.env.CI === 'true') {
  throw new Error('PostgreSQL is not installed: in CI these tests must run.');
}

/** A real PostgreSQL on 127.0.0.1, its files in a temporary folder. */
export class PostgresServer {
  private child: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const owner = findOwner();
    if (owner) chownSync(folder, owner.uid, owner.gid);
    const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(binary('initdb'), ['-D', join(folder, 'data'), ...options], {
      ...owner,
      cwd: folder,
      stdio: 'ignore',
    });
    const server = new PostgresServer(folder, await findFreePort());
    await server.resume();
    return server;
  }

  /** @returns the URL of a new, empty database */
  async createDatabase(): Promise<string> {
    const name = `gateway_${++this.databases}`;
    await this.query(this.urlOf('postgres'), `create database ${name}`);
    return this.urlOf(name);
  }

  /** Runs SQL as somebody else than the gateway. */
  async query(url: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it again on the same port, after {@link kill}. */
  async resume(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      full_page_writes: 'off',
      shared_buffers: '32MB',
      max_connections: '60',
      logging_collector: 'off',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(
      binary('postgres'),
      ['-D', join(this.folder, 'data'), '-p', String(this.port), ...args],
      { ...findOwner(), cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.child = child;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => {
        reject(new Error(`PostgreSQL has ended:\n${log}`));
      });
    });
  }

  /** Ends it without a word to its clients, as if the machine had gone. */
  kill(): Promise<void> {
    return this.end('SIGQUIT');
  }

  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  private urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }
}

function binary(name: string): string {
  if (BIN === null) throw new Error('PostgreSQL is not installed.');
  return join(BIN, name);
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
function findOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'postgres']).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}
