import type { Kysely } from 'kysely';
import { hasEnded } from '../../contracts/response-status.js';
import type { ResponseStatus } from '../../contracts/responses-api.js';
import { type ArgumentOf, PreparedQuery } from '../../database/prepared-query.js';
import type { ResponseRow, Schema } from '../../database/schema.js';
import type { StoredItem } from '../stored-item.js';
import { assemble } from './assemble-history.js';
import { type HistoryKey, type Part, selectTurn, selectTurns } from './history-queries.js';
import type { ItemBodies } from './item-bodies.js';
import { isContinued } from './response-body.js';
import { RecentTurns } from './recent-turns.js';

type Head = Pick<ResponseRow, 'status' | 'previous_id' | 'conversation_id'>;

/** Reads what was said, in two queries, however many turns it took. */
export class HistoryReader {
  private readonly head: PreparedQuery<HistoryKey & { now: number }, Head>;
  private readonly turn: PreparedQuery<HistoryKey, Part>;
  private readonly turns: PreparedQuery<HistoryKey, Part>;
  private readonly recent = new RecentTurns();

  constructor(
    db: Kysely<Schema>,
    private readonly bodies: ItemBodies,
  ) {
    this.head = new PreparedQuery((argument: ArgumentOf<HistoryKey & { now: number }>) =>
      db
        .selectFrom('responses')
        .select(['status', 'previous_id', 'conversation_id'])
        .where(
          'id',
          '=',
          argument(({ id }) => id),
        )
        .where(
          'tenant',
          '=',
          argument(({ tenant }) => tenant),
        )
        .where(
          'expires_at',
          '>',
          argument(({ now }) => now),
        ),
    );
    this.turn = new PreparedQuery((argument) => selectTurn(db, argument));
    this.turns = new PreparedQuery((argument) => selectTurns(db, argument));
  }

  /** All that the model has to be shown, up to the end of a response. @returns null where there is none, or it has expired by `now` */
  async readAll(
    db: Kysely<Schema>,
    key: HistoryKey & { now: number },
  ): Promise<{ status: ResponseStatus; items: StoredItem[] } | null> {
    const head = await this.findHead(db, key);
    if (!head) return null;
    const { tenant, id } = key;
    const status = head.status as ResponseStatus;
    const known = this.recent.collect(tenant, id);
    if (known) return { status, items: known };
    const before = head.previous_id === null ? [] : this.recent.collect(tenant, head.previous_id);
    const { rows } = await (before ? this.turn : this.turns).execute(db, key);
    const { conversation, turns } = assemble(rows, (part) => this.bodies.read(tenant, part.body));
    // Items of a conversation can still be deleted, and a response that has not ended is not known yet.
    const isFinal = head.conversation_id === null && conversation.length === 0;
    const items = turns.flatMap((turn) => {
      const said = [...turn.input, ...(isContinued(turn.status) ? turn.output : [])];
      if (isFinal && (turn.id !== id || hasEnded(turn))) {
        this.recent.add(turn.id, { tenant, previousId: turn.previousId, items: said, size: turn.size });
      }
      return said;
    });
    return { status, items: [...conversation, ...(before ?? []), ...items] };
  }

  /** The input of a response with all that it has continued, as the client is shown it. @returns null as {@link readAll} */
  async readInput(db: Kysely<Schema>, key: HistoryKey & { now: number }): Promise<StoredItem[] | null> {
    if (!(await this.findHead(db, key))) return null;
    const { rows } = await this.turns.execute(db, key);
    const visible = rows.filter(({ kind }) => kind !== 'hidden');
    const { conversation, turns } = assemble(visible, (part) =>
      // Without an id nobody could ask for what stands behind it.
      part.id === '' ? this.bodies.read(key.tenant, part.body) : this.bodies.show(key.tenant, part),
    );
    const before = turns
      .slice(0, -1)
      .flatMap((turn) => [...turn.input, ...(isContinued(turn.status) ? turn.output : [])]);
    return [...conversation, ...before, ...(turns.at(-1)?.input ?? [])];
  }

  private async findHead(db: Kysely<Schema>, key: HistoryKey & { now: number }): Promise<Head | undefined> {
    return (await this.head.execute(db, key)).rows[0];
  }
}
