import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from './schema.js';

/** @returns how many rows of `events`, `leases` and `idempotency` were deleted */
export async function sweepCoordination(
  db: Kysely<Schema>,
  now: RawBuilder<number>,
  limit: number,
): Promise<number> {
  const events = await db
    .deleteFrom('events')
    .where(
      sql<boolean>`(log, last_sequence) in (
        select log, last_sequence from events where kept_until <= ${now} limit ${limit}
      )`,
    )
    .executeTakeFirst();
  const leases = await db.deleteFrom('leases').where('held_until', '<=', now).executeTakeFirst();
  const keys = await db
    .deleteFrom('idempotency')
    .where(
      'scope',
      'in',
      db.selectFrom('idempotency').select('scope').where('kept_until', '<=', now).limit(limit),
    )
    .executeTakeFirst();
  return [events, leases, keys].reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
}
