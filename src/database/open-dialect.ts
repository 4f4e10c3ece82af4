import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as LibsqlDatabase, Statement } from 'libsql';
import { type Dialect, PostgresDialect, SqliteDialect } from 'kysely';
import type { DatabaseTarget } from '../config/store-urls.js';
import { FileCheckpoints } from './file-checkpoints.js';

const BUSY_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** A server that no longer answers must not be waited for. */
const QUERY_TIMEOUT_MS = 10_000;
/** A server that is slow has ended a query by then, so that its connection can be used again. */
const STATEMENT_TIMEOUT_MS = 8_000;
const POOL_SIZE = 10;
const STATEMENTS = 200;

/** @throws Error when a file cannot be opened */
export async function openDialect(target: DatabaseTarget): Promise<Dialect> {
  return target.kind === 'postgres' ? openPostgres(target.url) : openLibsql(target);
}

async function openLibsql(target: DatabaseTarget): Promise<Dialect> {
  const { default: Database } = await import('libsql');
  if (target.kind === 'file') mkdirSync(dirname(target.path), { recursive: true });
  const database = new Database(target.kind === 'file' ? target.path : ':memory:');
  database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.pragma('journal_mode = WAL');
  // In WAL mode what is committed survives the end of the process; a power failure may take the last moments, and damages nothing.
  database.pragma('synchronous = NORMAL');
  const checkpoints = target.kind === 'file' ? await FileCheckpoints.start(database, target.path) : null;
  return new SqliteDialect({ database: new PreparedStatements(database, checkpoints) });
}

/** Preparing a statement costs more than running it. */
class PreparedStatements {
  private readonly statements = new Map<string, Statement>();

  constructor(
    private readonly database: LibsqlDatabase,
    private readonly checkpoints: FileCheckpoints | null,
  ) {}

  prepare(text: string): Statement {
    this.checkpoints?.wake();
    const sql = this.adapt(text);
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      if (this.statements.size >= STATEMENTS) this.statements.clear();
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private adapt(text: string): string {
    // A transaction that has read and then wants to write cannot wait for another process that writes.
    if (text === 'begin') return 'begin immediate';
    // SQLite has rolled back already what it had no room for: that this cannot be done again would be told instead of the reason.
    if (text === 'rollback' && !this.database.inTransaction) return 'select 1';
    return text;
  }

  close(): void {
    this.statements.clear();
    // So that the file alone holds everything: it may be copied now.
    this.database.pragma('wal_checkpoint(truncate)');
    this.checkpoints?.stop();
    this.database.close();
  }
}

async function openPostgres(url: string): Promise<Dialect> {
  const { default: pg } = await import('pg');
  const types = new pg.TypeOverrides();
  // As numbers all of ours are exact.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'responses-gateway',
    types,
  });
  // Of connections that are not in use: the next query opens another one.
  pool.on('error', () => undefined);
  return new PostgresDialect({ pool });
}
