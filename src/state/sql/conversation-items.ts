import type { Kysely } from 'kysely';
import type { ItemRow, Schema } from '../../database/schema.js';
import type { PageQuery } from '../stored-item.js';
import { unknownAfter } from './page-of.js';

type HeldRow = Pick<ItemRow, 'id' | 'body'>;

/** Items of a conversation, hidden ones among them. */
export function selectHeld(db: Kysely<Schema>, tenant: string, conversationId: string) {
  return db
    .selectFrom('item_uses')
    .innerJoin('items', (join) =>
      join.onRef('items.tenant', '=', 'item_uses.tenant').onRef('items.id', '=', 'item_uses.item_id'),
    )
    .innerJoin('conversations', 'conversations.id', 'item_uses.holder')
    .select(['items.id', 'items.body'])
    .where('item_uses.holder', '=', conversationId)
    .where('conversations.tenant', '=', tenant);
}

export function findItem(
  db: Kysely<Schema>,
  tenant: string,
  conversationId: string,
  itemId: string,
): Promise<HeldRow | undefined> {
  return selectHeld(db, tenant, conversationId)
    .where('items.kind', '<>', 'hidden')
    .where('items.id', '=', itemId)
    .executeTakeFirst();
}

/** @throws GatewayError (400, param `after`) where it holds no such item */
export async function listItems(
  db: Kysely<Schema>,
  tenant: string,
  conversationId: string,
  { after, limit, order }: PageQuery,
): Promise<{ rows: HeldRow[]; hasMore: boolean }> {
  let query = selectHeld(db, tenant, conversationId).where('items.kind', '<>', 'hidden');
  if (after !== undefined) {
    const last = await query.select('item_uses.position').where('items.id', '=', after).executeTakeFirst();
    if (!last) throw unknownAfter(after);
    query = query.where('item_uses.position', order === 'asc' ? '>' : '<', last.position);
  }
  const rows = await query
    .orderBy('item_uses.position', order)
    .limit(limit + 1)
    .execute();
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
}
