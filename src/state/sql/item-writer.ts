import { type InsertResult, type Kysely, sql } from 'kysely';
import { PreparedInsert } from '../../database/prepared-query.js';
import type { ItemRow, ItemUseRow, Schema } from '../../database/schema.js';
import type { IdGenerator } from '../../ids/id-generator.js';
import { prefixOfItem } from '../../ids/prefix-of-item.js';
import { isSameItem } from '../same-item.js';
import type { StoredItem } from '../stored-item.js';
import type { ItemBodies } from './item-bodies.js';

/** Whose items are written; without a response they are those of a conversation alone. */
export interface ItemOwner {
  tenant: string;
  responseId: string | null;
}

/** An item of an input, as it is kept. */
export interface KeptItem {
  item: StoredItem;
  /** It is held by others already. */
  isUsed: boolean;
}

/** An item that is to be written. */
export type Entry = Pick<ItemRow, 'kind' | 'ordinal'> & { item: StoredItem };

const ITEM_COLUMNS = ['tenant', 'id', 'response_id', 'ordinal', 'kind', 'expires_at', 'body'] as const;

/** Writes rows of `items` and `item_uses`. */
export class ItemWriter {
  private readonly inserts: PreparedInsert<ItemRow, { id: string }>;
  private readonly upserts: PreparedInsert<ItemRow, InsertResult>;
  private readonly uses: PreparedInsert<ItemUseRow, InsertResult>;

  constructor(
    db: Kysely<Schema>,
    private readonly bodies: ItemBodies,
    private readonly ids: IdGenerator,
  ) {
    this.inserts = new PreparedInsert(ITEM_COLUMNS, (rows) =>
      db
        .insertInto('items')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['tenant', 'id']).doNothing())
        .returning('id'),
    );
    this.upserts = new PreparedInsert(ITEM_COLUMNS, (rows) =>
      db
        .insertInto('items')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['tenant', 'id'])
            .doUpdateSet({ expires_at: sql`excluded.expires_at`, kind: sql`excluded.kind` })
            .where(sql`items.response_id`, '=', sql`excluded.response_id`),
        ),
    );
    this.uses = new PreparedInsert(['holder', 'position', 'tenant', 'item_id'], (rows) =>
      db
        .insertInto('item_uses')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    );
  }

  rowsOf(
    { tenant, responseId }: ItemOwner,
    entries: readonly Entry[],
    expiresAt: number | null = null,
  ): ItemRow[] {
    return entries.map(({ item, kind, ordinal }) => ({
      tenant,
      id: item.id,
      response_id: responseId,
      ordinal,
      kind,
      expires_at: expiresAt,
      body: this.bodies.write(tenant, item),
    }));
  }

  /** @returns ids of those that were not there yet; the others stay as they are */
  async insert(db: Kysely<Schema>, rows: readonly ItemRow[]): Promise<Set<string>> {
    const { returned } = await this.inserts.execute(db, inOrder(rows));
    return new Set(returned.map(({ id }) => id));
  }

  /**
   * Writes items of responses, of which some may have been written already while they were being answered.
   *
   * @returns how many of them were; the rest are ids of other items
   */
  async upsert(db: Kysely<Schema>, rows: readonly ItemRow[]): Promise<number> {
    return (await this.upserts.execute(db, inOrder(rows))).written;
  }

  /**
   * Writes items of an input. One whose id stands for the same item already is not written twice; one whose id stands for another
   * item gets a new id.
   *
   * @param inserted ids of those that were inserted just now
   * @returns them in the same order
   */
  async resolve(
    db: Kysely<Schema>,
    owner: ItemOwner,
    items: readonly StoredItem[],
    inserted: Set<string>,
  ): Promise<KeptItem[]> {
    if (
      items.every(({ id }) => inserted.has(id)) &&
      new Set(items.map(({ id }) => id)).size === items.length
    ) {
      return items.map((item) => ({ item, isUsed: false }));
    }
    const rows = await db
      .selectFrom('items')
      .select(['id', 'body'])
      .where('tenant', '=', owner.tenant)
      .where('id', 'in', [...new Set(items.map(({ id }) => id))])
      .execute();
    const known = new Map(rows.map((row) => [row.id, this.bodies.read(owner.tenant, row.body)]));
    const renamed: Entry[] = [];
    const kept = items.map((item, ordinal): KeptItem => {
      const other = known.get(item.id);
      if (other && isSameItem(item, other)) return { item: other, isUsed: !inserted.has(item.id) };
      const copy = { ...item, id: this.ids.next(prefixOfItem(item.type)) };
      renamed.push({ item: copy, kind: 'input', ordinal });
      return { item: copy, isUsed: false };
    });
    await this.insert(db, this.rowsOf(owner, renamed));
    return kept;
  }

  /** Has responses or conversations hold items. Those that they hold already stay where they are. */
  async use(db: Kysely<Schema>, uses: readonly ItemUseRow[]): Promise<void> {
    await this.uses.execute(db, uses);
  }
}

/** Writers that are in each other's way wait for each other, rather than each for what the other has. */
const inOrder = (rows: readonly ItemRow[]): ItemRow[] =>
  [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));
