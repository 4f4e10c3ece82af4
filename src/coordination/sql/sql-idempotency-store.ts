import type { Database } from '../../database/database.service.js';
import { type IdempotencyState, IdempotencyStore } from '../idempotency-store.js';

/** A row for each key; whose time has passed is as good as none. */
export class SqlIdempotencyStore extends IdempotencyStore {
  constructor(private readonly database: Database) {
    super();
  }

  async begin(scope: string, fingerprint: string, forMs: number): Promise<IdempotencyState> {
    if (await this.claim(scope, fingerprint, forMs)) return { kind: 'begun' };
    const known = await this.database.run((db) =>
      db
        .selectFrom('idempotency')
        .select(['fingerprint', 'outcome'])
        .where('scope', '=', scope)
        .executeTakeFirst(),
    );
    // It was released in between.
    if (!known) return this.begin(scope, fingerprint, forMs);
    if (known.fingerprint !== fingerprint) return { kind: 'other' };
    return known.outcome === null ? { kind: 'running' } : { kind: 'done', outcome: known.outcome };
  }

  async renew(scope: string, forMs: number): Promise<void> {
    await this.database.run((db) =>
      db
        .updateTable('idempotency')
        .set({ kept_until: this.database.in(forMs) })
        .where('scope', '=', scope)
        .where('outcome', 'is', null)
        .execute(),
    );
  }

  async finish(scope: string, outcome: string, keepMs: number): Promise<void> {
    await this.database.run((db) =>
      db
        .updateTable('idempotency')
        .set({ outcome, kept_until: this.database.in(keepMs) })
        .where('scope', '=', scope)
        .execute(),
    );
  }

  async release(scope: string): Promise<void> {
    await this.database.run((db) =>
      db.deleteFrom('idempotency').where('scope', '=', scope).where('outcome', 'is', null).execute(),
    );
  }

  private async claim(scope: string, fingerprint: string, forMs: number): Promise<boolean> {
    const claimed = { fingerprint, outcome: null, kept_until: this.database.in(forMs) };
    const row = await this.database.run((db) =>
      db
        .insertInto('idempotency')
        .values({ scope, ...claimed })
        .onConflict((conflict) =>
          conflict
            .column('scope')
            .doUpdateSet(claimed)
            .where('idempotency.kept_until', '<=', this.database.now),
        )
        .returning('scope')
        .executeTakeFirst(),
    );
    return row !== undefined;
  }
}
