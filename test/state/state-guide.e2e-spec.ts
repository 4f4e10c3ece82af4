import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { ItemToAdd } from '../../src/state/conversation-store.js';
import { SqlEventLog } from '../../src/coordination/sql/sql-event-log.js';
import { SqlLease } from '../../src/coordination/sql/sql-lease.js';
import { conversationLease } from '../../src/state/conversation-lock.js';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { openStores, type Stores } from './open-stores.js';
import { newId, nowInSeconds, sampleRecord, userMessage } from './sample-records.js';

const GUIDE = readFileSync(new URL('../../docs/state.md', import.meta.url), 'utf8');
const TABLES = ['responses', 'items', 'item_uses', 'conversations', 'events', 'leases'] as const;

/** What docs/state.md says is to be run, statement by statement. */
function deletionOf(tenant: string): string[] {
  const [, block = ''] = /^```sql\n([\s\S]*?)^```$/m.exec(GUIDE) ?? [];
  return block
    .replaceAll('TENANT', tenant)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '' && statement !== 'begin' && statement !== 'commit');
}

/** Something in every table. @returns the id of its response */
async function keepSomething(
  { database, responses, conversations }: Stores,
  tenant: string,
): Promise<string> {
  const conversation = newId('conv');
  const items: ItemToAdd[] = [{ item: userMessage('Before'), isGiven: false }];
  await conversations.create(tenant, { id: conversation, createdAt: nowInSeconds(), metadata: {} }, items);
  const record = sampleRecord({ tenant, conversation, background: true });
  await responses.create(record);
  const { response } = record;
  const event = { type: 'response.created', sequence_number: 0, response } as const;
  await new SqlEventLog(database).append(response.id, [event], { isEnd: false, keepMs: 60_000 });
  await new SqlLease(database).acquire(conversationLease(tenant, conversation), 60_000);
  return response.id;
}

async function countRows({ database }: Stores): Promise<number[]> {
  const counts = TABLES.map(async (table) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(
      database.db,
    );
    return Number(rows[0]?.n);
  });
  return Promise.all(counts);
}

function itDeletes(open: () => Promise<Stores>): void {
  it('should take everything of that tenant, and nothing of others', async () => {
    const stores = await open();
    try {
      const theirs = await keepSomething(stores, 'other');
      const before = await countRows(stores);
      expect(Math.min(...before)).toBeGreaterThan(0);
      const mine = await keepSomething(stores, 'tenant');
      expect(await countRows(stores)).toEqual(before.map((count) => count * 2));
      for (const statement of deletionOf('tenant')) await sql.raw(statement).execute(stores.database.db);
      expect(await countRows(stores)).toEqual(before);
      expect(await stores.responses.find('tenant', mine)).toBeNull();
      expect(await stores.responses.find('other', theirs)).not.toBeNull();
    } finally {
      await stores.close();
    }
  });
}

describe('deleting what a tenant has stored, as docs/state.md says', () => {
  describe('in a file', () => {
    itDeletes(() => openStores('memory:'));
  });

  (HAS_POSTGRES ? describe : describe.skip)('in PostgreSQL (skipped where it is not installed)', () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    afterAll(() => server.stop());

    itDeletes(async () => openStores(await server.createDatabase()));
  });
});
