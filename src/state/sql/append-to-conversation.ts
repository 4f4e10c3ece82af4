import type { Kysely } from 'kysely';
import type { Schema } from '../../database/schema.js';
import type { ItemWriter } from './item-writer.js';

/**
 * Appends items that are kept already.
 *
 * @returns the `position` of the first of them; null where there is no such conversation (any more)
 */
export async function appendToConversation(
  db: Kysely<Schema>,
  writer: ItemWriter,
  tenant: string,
  conversationId: string,
  itemIds: readonly string[],
): Promise<number | null> {
  const row = await db
    .updateTable('conversations')
    .set(({ eb }) => ({ next_position: eb('next_position', '+', itemIds.length) }))
    .where('id', '=', conversationId)
    .where('tenant', '=', tenant)
    .returning('next_position')
    .executeTakeFirst();
  if (!row) return null;
  const start = row.next_position - itemIds.length;
  await writer.use(
    db,
    itemIds.map((id, index) => ({ holder: conversationId, position: start + index, tenant, item_id: id })),
  );
  return start;
}
