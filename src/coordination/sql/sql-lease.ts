import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.service.js';
import { type HeldLease, Lease } from '../lease.js';

/** Leases as rows: whose time has passed may be overwritten. */
export class SqlLease extends Lease {
  constructor(private readonly database: Database) {
    super();
  }

  async acquire(name: string, forMs: number, holder: string = randomUUID()): Promise<HeldLease | null> {
    const row = { name, holder, held_until: this.database.in(forMs) };
    const taken = await this.database.run((db) =>
      db
        .insertInto('leases')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ holder, held_until: row.held_until })
            .where((row) =>
              row.or([row('leases.held_until', '<=', this.database.now), row('leases.holder', '=', holder)]),
            ),
        )
        .returning('holder')
        .executeTakeFirst(),
    );
    if (!taken) return null;
    return { renew: () => this.renew(name, holder, forMs), release: () => this.release(name, holder) };
  }

  private async renew(name: string, holder: string, forMs: number): Promise<boolean> {
    const held = await this.database.run((db) =>
      db
        .updateTable('leases')
        .set({ held_until: this.database.in(forMs) })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .returning('name')
        .executeTakeFirst(),
    );
    return held !== undefined;
  }

  private async release(name: string, holder: string): Promise<void> {
    await this.database.run((db) =>
      db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute(),
    );
  }
}
