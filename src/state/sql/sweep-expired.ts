import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from '../../database/schema.js';

/**
 * Deletes responses that have expired and that nothing continues, else items that nothing holds any more. What is only waiting for
 * another one to go is set aside until that happens, so that every batch gets on.
 *
 * @returns how many rows were deleted or set aside
 */
export async function sweepExpired(db: Kysely<Schema>, now: number, limit: number): Promise<number> {
  return (await sweepResponses(db, now, limit)) || (await sweepItems(db, now, limit));
}

async function sweepResponses(db: Kysely<Schema>, now: number, limit: number): Promise<number> {
  // The latest first: what continues another one is younger.
  const due = await db
    .selectFrom('responses')
    .select(['id', 'previous_id'])
    .where('sweep_at', '<=', now)
    .orderBy('sweep_at', 'desc')
    .limit(limit)
    .execute();
  if (due.length === 0) return 0;
  const children = await db
    .selectFrom('responses')
    .select(['id', 'previous_id'])
    .where(
      'previous_id',
      'in',
      due.map(({ id }) => id),
    )
    .execute();
  const { unneeded, needed } = partition(due, children);
  if (needed.length > 0) {
    await db.updateTable('responses').set({ sweep_at: null }).where('id', 'in', needed).execute();
  }
  if (unneeded.length > 0) await deleteResponses(db, unneeded);
  return due.length;
}

interface Link {
  id: string;
  previous_id: string | null;
}

/** Which of them are continued by others than those that go themselves. */
function partition(
  due: readonly Link[],
  children: readonly Link[],
): { unneeded: string[]; needed: string[] } {
  const candidates = new Map(due.map((link) => [link.id, link]));
  const needed = new Set<string>();
  for (const child of children) {
    if (candidates.has(child.id)) continue;
    for (
      let link = candidates.get(child.previous_id ?? '');
      link && !needed.has(link.id);
      link = candidates.get(link.previous_id ?? '')
    ) {
      needed.add(link.id);
    }
  }
  return { unneeded: due.flatMap(({ id }) => (needed.has(id) ? [] : [id])), needed: [...needed] };
}

async function deleteResponses(db: Kysely<Schema>, ids: readonly string[]): Promise<void> {
  const gone = await db.deleteFrom('responses').where('id', 'in', ids).returning('previous_id').execute();
  const continued = gone.flatMap(({ previous_id: id }) => (id === null ? [] : [id]));
  if (continued.length > 0) {
    await db
      .updateTable('responses')
      .set({ sweep_at: sql`expires_at` })
      .where('id', 'in', continued)
      .where('sweep_at', 'is', null)
      .execute();
  }
  await db
    .deleteFrom('items')
    .where('response_id', 'in', ids)
    .where(sql<boolean>`not ${isUsed(sql`and item_uses.holder not in (${sql.join(ids)})`)}`)
    .execute();
  const released = await db
    .deleteFrom('item_uses')
    .where('holder', 'in', ids)
    .returning(['tenant', 'item_id'])
    .execute();
  for (const { tenant, item_id: id } of released) await releaseItem(db, tenant, id);
}

/** Something no longer holds an item: whether anything does is looked at by a later batch. */
export async function releaseItem(db: Kysely<Schema>, tenant: string, id: string): Promise<void> {
  await db
    .updateTable('items')
    .set({ expires_at: 0 })
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('expires_at', 'is', null)
    .execute();
}

async function sweepItems(db: Kysely<Schema>, now: number, limit: number): Promise<number> {
  const due = await db
    .selectFrom('items')
    .leftJoin('responses', 'responses.id', 'items.response_id')
    .select(['items.tenant', 'items.id', 'responses.id as response', isUsed().as('used')])
    .where('items.expires_at', '<=', now)
    .limit(limit)
    .execute();
  for (const { tenant, id, response, used } of due) {
    if (response !== null || used) {
      await db
        .updateTable('items')
        .set({ expires_at: null })
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .execute();
    } else {
      await db.deleteFrom('items').where('tenant', '=', tenant).where('id', '=', id).execute();
    }
  }
  return due.length;
}

/** Whether a conversation or a response holds a row of `items`. */
function isUsed(by: RawBuilder<unknown> = sql``): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from item_uses where item_uses.tenant = items.tenant and item_uses.item_id = items.id ${by}
  )`;
}
