import { type Compilable, type Kysely, type RawBuilder, sql } from 'kysely';
import type { ArgumentOf } from '../../database/prepared-query.js';
import type { ItemRow, Schema } from '../../database/schema.js';

export interface HistoryKey {
  tenant: string;
  id: string;
}

/** What a history is made of: its turns, and their items. */
export interface Part {
  /**
   * `turn`: a response; `own`: an item that came with it; `used`: one that its input refers to; `before`: one that the conversation
   * held already.
   */
  source: 'turn' | 'own' | 'used' | 'before';
  id: string;
  /** Of a turn its status. */
  kind: ItemRow['kind'] | (string & {});
  /** Of a turn its input. */
  body: string;
  /** Of a turn the response it continues, of an item the one it came with. */
  link: string | null;
  /** Of a turn how many branches lead from it to the last one. */
  depth: number;
  place: number;
}

const COLUMNS = sql`response.id, response.tenant, response.status, response.input, response.previous_id, response.turn,
      response.conversation_id, response.conversation_end`;

const alone = (argument: ArgumentOf<HistoryKey>) => sql`
  with turns as (
    select ${COLUMNS}, 0 as depth
    from responses as response
    where id = ${argument(({ id }) => id)} and tenant = ${argument(({ tenant }) => tenant)}
  )`;

/**
 * `lineage` holds the chains that lead to a response, each with the last turn that belongs to it: its own, the one that this branches
 * off from, and so on. `cross join` has SQLite join in the order in which the tables are named; it would begin with the largest.
 */
const withAllBefore = (argument: ArgumentOf<HistoryKey>) => sql`
  with recursive lineage(chain, turn, depth) as (
    select chain, turn, 0
    from responses
    where id = ${argument(({ id }) => id)} and tenant = ${argument(({ tenant }) => tenant)}
    union all
    select parent.chain, parent.turn, lineage.depth + 1
    from lineage
    join responses as first on first.id = lineage.chain
    join responses as parent on parent.id = first.previous_id and parent.tenant = first.tenant
  ), turns as (
    select ${COLUMNS}, lineage.depth
    from lineage cross join responses as response
    where response.chain = lineage.chain and response.turn <= lineage.turn
  )`;

/** The parts of one response, in no order. */
export const selectTurn = (db: Kysely<Schema>, argument: ArgumentOf<HistoryKey>): Compilable<Part> =>
  selectParts(db, alone(argument));

/** The parts of a response and of all that it continues, in no order. */
export const selectTurns = (db: Kysely<Schema>, argument: ArgumentOf<HistoryKey>): Compilable<Part> =>
  selectParts(db, withAllBefore(argument));

function selectParts(db: Kysely<Schema>, turns: RawBuilder<unknown>): Compilable<Part> {
  const query = sql<Part>`${turns}
    select 'turn' as source, turns.id, turns.status as kind, turns.input as body, turns.previous_id as link,
      turns.depth, turns.turn as place
    from turns
    union all
    select 'own', item.id, item.kind, item.body, item.response_id, 0, item.ordinal
    from turns cross join items as item
    where item.response_id = turns.id and item.tenant = turns.tenant
    union all
    select 'used', item.id, item.kind, item.body, item.response_id, 0, 0
    from turns cross join item_uses as used cross join items as item
    where used.holder = turns.id and item.tenant = used.tenant and item.id = used.item_id
    union all
    select 'before', item.id, item.kind, item.body, item.response_id, 0, used.position
    from turns cross join item_uses as used cross join items as item
    where used.holder = turns.conversation_id
      and used.position < turns.conversation_end
      and item.tenant = used.tenant and item.id = used.item_id`;
  return { compile: () => query.compile(db) };
}
