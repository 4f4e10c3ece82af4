import type { UpdateQueryBuilder, UpdateResult } from 'kysely';
import type { Database } from '../../database/database.service.js';
import type { Schema } from '../../database/schema.js';
import { nowInSeconds } from './now.js';

type Update = UpdateQueryBuilder<Schema, 'responses', 'responses', UpdateResult>;

/** Who works on which background response: compared and set in the rows of the responses. */
export class BackgroundRows {
  constructor(private readonly database: Database) {}

  begin(tenant: string, id: string, staleMs: number): Promise<boolean> {
    return this.change(tenant, id, (update) =>
      update
        .set({ status: 'in_progress', worked_at: this.database.now })
        .where('started', '=', 0)
        .where((row) =>
          row.or([
            row('status', '=', 'queued'),
            row.and([row('status', '=', 'in_progress'), row('worked_at', '<=', this.database.in(-staleMs))]),
          ]),
        ),
    );
  }

  beat(tenant: string, id: string): Promise<boolean> {
    return this.change(tenant, id, (update) =>
      update.set({ worked_at: this.database.now }).where('status', '=', 'in_progress'),
    );
  }

  markStarted(tenant: string, id: string): Promise<boolean> {
    return this.change(tenant, id, (update) =>
      update
        .set({ started: 1, worked_at: this.database.now })
        .where('started', '=', 0)
        .where('status', '=', 'in_progress'),
    );
  }

  listUnfinished(staleMs: number): Promise<{ tenant: string; id: string }[]> {
    return this.database.run((db) =>
      db
        .selectFrom('responses')
        .select(['tenant', 'id'])
        .where('status', 'in', ['queued', 'in_progress'])
        .$if(staleMs > 0, (query) => query.where('worked_at', '<=', this.database.in(-staleMs)))
        .where('expires_at', '>', 0)
        .execute(),
    );
  }

  private change(tenant: string, id: string, set: (update: Update) => Update): Promise<boolean> {
    return this.database.run(async (db) => {
      const update = db
        .updateTable('responses')
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .where('expires_at', '>', nowInSeconds());
      const { numUpdatedRows } = await set(update).executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }
}
