import type { ResponseEvent } from '../../contracts/response-events.js';
import type { Database } from '../../database/database.service.js';
import { EventLog, type LoggedEvents } from '../event-log.js';
import { logGap } from '../log-gap.js';
import { BATCHES, type EventBatch, LOOK_AGAIN_MS, readBatches, UNFINISHED_KEPT_MS } from '../read-batches.js';

/** Events in the database. Followers hear of what this process appends; of what others do when they look again. */
export class SqlEventLog extends EventLog {
  private readonly followers = new Map<string, Set<() => void>>();

  constructor(private readonly database: Database) {
    super();
  }

  async append(
    name: string,
    events: readonly ResponseEvent[],
    { isEnd, keepMs }: { isEnd: boolean; keepMs: number },
  ): Promise<void> {
    const first = events[0]?.sequence_number;
    const last = await this.findLast(name);
    if (first !== undefined && first > (last?.last_sequence ?? -1) + 1) throw logGap(name, first);
    const isAhead = (events.at(-1)?.sequence_number ?? -1) > (last?.last_sequence ?? -1);
    if (last?.is_end !== 1 && (isAhead || isEnd)) {
      await this.insert(name, isAhead ? events : [], last?.last_sequence ?? -1, isEnd);
      if (isEnd) await this.keep(name, keepMs);
    }
    for (const listener of this.followers.get(name) ?? []) listener();
  }

  async read(name: string, after: number, limit: number): Promise<LoggedEvents | null> {
    const rows = await this.database.run((db) =>
      db
        .selectFrom('events')
        .select(['body', 'is_end'])
        .where('log', '=', name)
        .where('last_sequence', '>', after)
        .where('kept_until', '>', this.database.now)
        .orderBy('last_sequence')
        .limit(Math.min(limit, BATCHES))
        .execute(),
    );
    if (rows.length > 0) return readBatches(rows.map(toBatch), after, limit);
    const last = await this.findLast(name);
    // They were appended between the two questions.
    if (last && last.last_sequence > after) return this.read(name, after, limit);
    return last ? { events: [], isEnded: last.is_end === 1 } : null;
  }

  follow(name: string, listener: () => void): () => void {
    const listeners = this.followers.get(name) ?? new Set();
    this.followers.set(name, listeners.add(listener));
    const timer = setInterval(listener, LOOK_AGAIN_MS).unref();
    return () => {
      clearInterval(timer);
      listeners.delete(listener);
      if (listeners.size === 0 && this.followers.get(name) === listeners) this.followers.delete(name);
    };
  }

  async delete(name: string): Promise<void> {
    await this.database.run((db) => db.deleteFrom('events').where('log', '=', name).execute());
    for (const listener of this.followers.get(name) ?? []) listener();
  }

  private findLast(name: string): Promise<{ last_sequence: number; is_end: number } | undefined> {
    return this.database.run((db) =>
      db
        .selectFrom('events')
        .select(['last_sequence', 'is_end'])
        .where('log', '=', name)
        .where('kept_until', '>', this.database.now)
        .orderBy('last_sequence', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
  }

  /** @param last before these events; without any the row of that one becomes the end */
  private async insert(
    name: string,
    events: readonly ResponseEvent[],
    last: number,
    isEnd: boolean,
  ): Promise<void> {
    const row = {
      log: name,
      last_sequence: events.at(-1)?.sequence_number ?? last,
      body: JSON.stringify(events),
      is_end: isEnd ? 1 : 0,
      kept_until: this.database.in(UNFINISHED_KEPT_MS),
    };
    await this.database.run((db) =>
      db
        .insertInto('events')
        .values(row)
        .onConflict((conflict) => {
          const known = conflict.columns(['log', 'last_sequence']);
          return isEnd ? known.doUpdateSet({ is_end: 1 }) : known.doNothing();
        })
        .execute(),
    );
  }

  private async keep(name: string, keepMs: number): Promise<void> {
    const kept_until = this.database.in(keepMs);
    await this.database.run((db) =>
      db.updateTable('events').set({ kept_until }).where('log', '=', name).execute(),
    );
  }
}

function toBatch({ body, is_end }: { body: string; is_end: number }): EventBatch {
  return { body, isEnd: is_end === 1 };
}
