import { type Kysely, type Migration, type MigrationProvider, sql } from 'kysely';

/** One a version, in order; what has been released is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  '0001_initial': { up: createTables },
};

export class Migrations implements MigrationProvider {
  getMigrations(): Promise<Record<string, Migration>> {
    return Promise.resolve(MIGRATIONS);
  }
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  // What is long stands last: SQLite reads a row from its beginning, and no further than it must.
  await schema
    .createTable('responses')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('sweep_at', 'bigint')
    .addColumn('chain', 'text', (column) => column.notNull())
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('previous_id', 'text')
    .addColumn('conversation_id', 'text')
    .addColumn('conversation_end', 'bigint')
    .addColumn('background', 'integer', (column) => column.notNull())
    .addColumn('streamed', 'integer', (column) => column.notNull())
    .addColumn('started', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('worked_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('input', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('job', 'text')
    .addUniqueConstraint('responses_turn', ['chain', 'turn'])
    .execute();
  await schema
    .createIndex('responses_sweep')
    .on('responses')
    .column('sweep_at')
    .where('sweep_at', 'is not', null)
    .execute();
  await schema
    .createIndex('responses_previous')
    .on('responses')
    .column('previous_id')
    .where('previous_id', 'is not', null)
    .execute();
  await schema
    .createIndex('responses_unfinished')
    .on('responses')
    .column('status')
    .where(sql.ref('status'), 'in', [sql.lit('queued'), sql.lit('in_progress')])
    .execute();
  await schema
    .createTable('items')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('response_id', 'text')
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('items_key', ['tenant', 'id'])
    .execute();
  await schema.createIndex('items_response').on('items').column('response_id').execute();
  await schema
    .createIndex('items_expiry')
    .on('items')
    .column('expires_at')
    .where('expires_at', 'is not', null)
    .execute();
  await schema
    .createTable('item_uses')
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('item_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('item_uses_key', ['holder', 'position'])
    .addUniqueConstraint('item_uses_item', ['tenant', 'item_id', 'holder'])
    .execute();
  await schema
    .createTable('conversations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('next_position', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createTable('events')
    .addColumn('log', 'text', (column) => column.notNull())
    .addColumn('last_sequence', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('is_end', 'integer', (column) => column.notNull())
    .addColumn('kept_until', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['log', 'last_sequence'])
    .execute();
  await schema.createIndex('events_expiry').on('events').column('kept_until').execute();
  await schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('held_until', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('idempotency')
    .addColumn('scope', 'text', (column) => column.primaryKey())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('kept_until', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('idempotency_expiry').on('idempotency').column('kept_until').execute();
}
