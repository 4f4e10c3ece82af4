import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, Migrator, type RawBuilder, sql } from 'kysely';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { type DatabaseTarget, parseDatabaseUrl, showDatabase } from '../config/store-urls.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Migrations } from './migrations.js';
import { LASTING_LEASES } from './lasting-leases.js';
import { openDialect } from './open-dialect.js';
import type { Schema } from './schema.js';
import { steadyNow } from './steady-now.js';

/** As much as an answer of some length. */
const TRIED_BYTES = 65_536;

/** The database of DATABASE_URL; in memory where that is `none`, for what is coordinated within this process. */
@Injectable()
export class Database implements OnApplicationShutdown {
  private hasFailed = false;

  private constructor(
    readonly target: DatabaseTarget,
    readonly db: Kysely<Schema>,
  ) {}

  /**
   * Opens the database and brings its schema up to date, one process at a time.
   *
   * @throws Error naming DATABASE_URL, and why it cannot be used
   */
  static async open({ DATABASE_URL }: Pick<Environment, 'DATABASE_URL'>): Promise<Database> {
    const target = parseDatabaseUrl(DATABASE_URL) ?? { kind: 'none' };
    try {
      const db = new Kysely<Schema>({ dialect: await openDialect(target) });
      const { error } = await new Migrator({ db, provider: new Migrations() }).migrateToLatest();
      if (error !== undefined) {
        await db.destroy();
        throw error instanceof Error ? error : new Error('no reason given');
      }
      // Nobody else works with a file: whoever held something there has died.
      if (target.kind === 'file') await freeAll(db);
      return new Database(target, db);
    } catch (error) {
      throw invalidEnvironment(`DATABASE_URL=${showDatabase(target)}: ${reasonOf(error)}`);
    }
  }

  /** Whether responses and conversations are kept. */
  get isOn(): boolean {
    return this.target.kind !== 'none';
  }

  /** Whether other processes may work with it too. */
  get isShared(): boolean {
    return this.target.kind === 'postgres';
  }

  /** The time for queries, ms, by which work is held and given up. Of a database that replicas share its own clock alone counts. */
  get now(): RawBuilder<number> {
    return this.isShared
      ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
      : sql<number>`${steadyNow()}`;
  }

  /** {@link now}, and so many ms later. */
  in(ms: number): RawBuilder<number> {
    return sql<number>`${this.now} + ${ms}`;
  }

  /**
   * Runs queries.
   *
   * @throws GatewayError `store_unavailable` when the database cannot be reached or has failed
   */
  async run<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(this.db);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      this.hasFailed = true;
      throw new GatewayError('store_unavailable', { cause: error });
    }
  }

  /**
   * Whether it can be reached and, where it has failed, written again. Never rejects; takes as long as a connection that does not
   * come about.
   */
  async isReady(): Promise<boolean> {
    try {
      if (this.hasFailed) await tryWriting(this.db);
      else await sql`select 1`.execute(this.db);
      this.hasFailed = false;
      return true;
    } catch {
      return false;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.db.destroy();
  }
}

/** Leaves a row that the next sweep deletes. A full disk may have room for less. */
async function tryWriting(db: Kysely<Schema>): Promise<void> {
  const body = ' '.repeat(TRIED_BYTES);
  await db
    .insertInto('events')
    .values({ log: 'tried', last_sequence: 0, body, is_end: 1, kept_until: 0 })
    .onConflict((conflict) => conflict.columns(['log', 'last_sequence']).doUpdateSet({ body }))
    .execute();
}

async function freeAll(db: Kysely<Schema>): Promise<void> {
  await db.deleteFrom('leases').where('name', 'not like', `${LASTING_LEASES}%`).execute();
  await db.deleteFrom('idempotency').where('outcome', 'is', null).execute();
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message.includes('previously executed migration')) {
    return 'it was written by a newer version of the gateway';
  }
  // libsql tells a number of SQLite's and no reason.
  if (message.startsWith('ConnectionFailed(')) {
    return "cannot be opened: must be a file, in a folder that the gateway's user may write to";
  }
  return `cannot be used: ${message === '' ? (code ?? 'no reason given') : message}`;
}
