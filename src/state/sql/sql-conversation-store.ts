import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { Environment } from '../../config/environment.js';
import { Database } from '../../database/database.service.js';
import { inTransaction } from '../../database/in-transaction.js';
import type { ConversationRow, Schema } from '../../database/schema.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { IdGenerator } from '../../ids/id-generator.js';
import { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import { ConversationStore, type ItemToAdd, type StoredConversation } from '../conversation-store.js';
import type { History } from '../response-store.js';
import type { Page, PageQuery, StoredItem } from '../stored-item.js';
import { appendToConversation } from './append-to-conversation.js';
import { findItem, listItems, selectHeld } from './conversation-items.js';
import { ItemBodies } from './item-bodies.js';
import { ItemWriter } from './item-writer.js';
import { nowInSeconds } from './now.js';
import { releaseItem } from './sweep-expired.js';

/** Conversations in the database of DATABASE_URL. @public */
@Injectable()
export class SqlConversationStore extends ConversationStore {
  private readonly bodies: ItemBodies;
  private readonly items: ItemWriter;
  private readonly ttl: number;

  constructor(
    private readonly database: Database,
    @InjectExtension(EnvelopeSealer) sealer: EnvelopeSealer,
    @InjectExtension(IdGenerator) ids: IdGenerator,
    { ENCRYPTION_KEY, STORE_TTL }: Environment,
  ) {
    super();
    this.bodies = new ItemBodies(sealer, Boolean(ENCRYPTION_KEY));
    this.items = new ItemWriter(database.db, this.bodies, ids);
    this.ttl = Math.ceil(STORE_TTL / 1_000);
  }

  override create(
    tenant: string,
    { id, createdAt, metadata }: StoredConversation,
    items: readonly ItemToAdd[],
  ): Promise<void> {
    return this.transaction(async (db) => {
      await db
        .insertInto('conversations')
        .values({ id, tenant, created_at: createdAt, metadata: JSON.stringify(metadata) })
        .execute();
      await this.append(db, tenant, id, items);
    });
  }

  override find(tenant: string, id: string): Promise<StoredConversation | null> {
    return this.database.run((db) => find(db, tenant, id));
  }

  override update(
    tenant: string,
    id: string,
    metadata: Record<string, string>,
  ): Promise<StoredConversation | null> {
    return this.database.run(async (db) => {
      const row = await db
        .updateTable('conversations')
        .set({ metadata: JSON.stringify(metadata) })
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .returningAll()
        .executeTakeFirst();
      return row ? read(row) : null;
    });
  }

  override delete(tenant: string, id: string): Promise<boolean> {
    return this.transaction(async (db) => {
      const { numDeletedRows } = await db
        .deleteFrom('conversations')
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      const until = nowInSeconds() + this.ttl;
      await db
        .updateTable('items')
        // Items of a response are found as long as that one; if it is gone already, they go with the next sweep.
        .set({ expires_at: sql<number>`case when response_id is null then ${sql.lit(until)} else 0 end` })
        .where('tenant', '=', tenant)
        .where('id', 'in', db.selectFrom('item_uses').select('item_id').where('holder', '=', id))
        .where('expires_at', 'is', null)
        .execute();
      await db.deleteFrom('item_uses').where('holder', '=', id).execute();
      return true;
    });
  }

  override addItems(tenant: string, id: string, items: readonly ItemToAdd[]): Promise<StoredItem[] | null> {
    return this.transaction((db) => this.append(db, tenant, id, items));
  }

  override listItems(tenant: string, id: string, page: PageQuery): Promise<Page | null> {
    return this.database.run(async (db) => {
      if (!(await find(db, tenant, id))) return null;
      const { rows, hasMore } = await listItems(db, tenant, id, page);
      return { items: rows.map((row) => this.bodies.show(tenant, row)), hasMore };
    });
  }

  override findItem(tenant: string, id: string, itemId: string): Promise<StoredItem | null> {
    return this.database.run(async (db) => {
      const row = await findItem(db, tenant, id, itemId);
      return row ? this.bodies.show(tenant, row) : null;
    });
  }

  override deleteItem(tenant: string, id: string, itemId: string): Promise<StoredConversation | null> {
    return this.transaction(async (db) => {
      if (!(await findItem(db, tenant, id, itemId))) return null;
      await db
        .deleteFrom('item_uses')
        .where('holder', '=', id)
        .where('tenant', '=', tenant)
        .where('item_id', '=', itemId)
        .execute();
      await releaseItem(db, tenant, itemId);
      return find(db, tenant, id);
    });
  }

  override findHistory(tenant: string, id: string): Promise<History | null> {
    return this.database.run(async (db) => {
      if (!(await find(db, tenant, id))) return null;
      const rows = await selectHeld(db, tenant, id).orderBy('item_uses.position').execute();
      return { items: rows.flatMap(({ body }) => this.bodies.read(tenant, body) ?? []) };
    });
  }

  private transaction<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.database.run((db) => inTransaction(db, work));
  }

  /** @returns them as they are kept; null where there is no such conversation */
  private async append(
    db: Kysely<Schema>,
    tenant: string,
    id: string,
    added: readonly ItemToAdd[],
  ): Promise<StoredItem[] | null> {
    if (!(await find(db, tenant, id))) return null;
    await refuseKnown(db, tenant, id, added);
    const items = added.map(({ item }) => item);
    const owner = { tenant, responseId: null };
    const entries = items.map((item, ordinal) => ({ item, kind: 'input' as const, ordinal }));
    const inserted = await this.items.insert(db, this.items.rowsOf(owner, entries));
    const kept = await this.items.resolve(db, owner, items, inserted);
    const ids = kept.map(({ item }) => item.id);
    await appendToConversation(db, this.items, tenant, id, ids);
    return kept.map(({ item }) => item);
  }
}

async function find(db: Kysely<Schema>, tenant: string, id: string): Promise<StoredConversation | null> {
  const row = await db
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row ? read(row) : null;
}

function read({
  id,
  created_at: createdAt,
  metadata,
}: Omit<ConversationRow, 'next_position'>): StoredConversation {
  return { id, createdAt, metadata: JSON.parse(metadata) as Record<string, string> };
}

/** An id that the client gave must not be exchanged for another one. */
async function refuseKnown(
  db: Kysely<Schema>,
  tenant: string,
  conversationId: string,
  added: readonly ItemToAdd[],
): Promise<void> {
  const given = added.flatMap(({ item, isGiven }) => (isGiven ? [item.id] : []));
  if (given.length === 0) return;
  const twice = given.find((id, index) => given.indexOf(id) !== index);
  const known = await db
    .selectFrom('item_uses')
    .select('item_id')
    .where('tenant', '=', tenant)
    .where('item_id', 'in', given)
    .where('holder', '=', conversationId)
    .executeTakeFirst();
  const refused = twice ?? known?.item_id;
  if (refused !== undefined) {
    throw invalidRequest('items', `Item with id '${refused}' is in the conversation already.`);
  }
}
