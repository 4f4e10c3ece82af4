import { type InsertResult, type Kysely, sql } from 'kysely';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { Collision } from '../../database/in-transaction.js';
import { PreparedInsert } from '../../database/prepared-query.js';
import type { ItemUseRow, ResponseRow, Schema } from '../../database/schema.js';
import { steadyNow } from '../../database/steady-now.js';
import type { HiddenItem, ResponseRecord } from '../response-store.js';
import type { StoredItem } from '../stored-item.js';
import { appendToConversation } from './append-to-conversation.js';
import { conversationOf, type InputEntry, inputEntries, outputEntries, saidIn } from './entries-of.js';
import type { ItemBodies } from './item-bodies.js';
import type { ItemWriter, KeptItem } from './item-writer.js';
import { isContinued, writeBody } from './response-body.js';

/**
 * An input of more items than this is kept in the row of its response: whoever sends all that was said with every request refers to
 * nothing by its id, and rows that are found by their ids cost ten times as much.
 */
const INDEXED_INPUT = 50;

/**
 * How long what has expired or was deleted can still be continued by a response that is being answered, seconds: that one becomes a
 * turn of the chain only with its end.
 */
export const GRACE_S = 3_600;

const COLUMNS = [
  'id',
  'tenant',
  'status',
  'expires_at',
  'sweep_at',
  'chain',
  'turn',
  'previous_id',
  'conversation_id',
  'conversation_end',
  'background',
  'streamed',
  'worked_at',
  'input',
  'body',
  'job',
] as const;
type NewRow = Pick<ResponseRow, (typeof COLUMNS)[number]>;

/** Writes responses with all that belongs to them, within a transaction of the caller. */
export class RecordWriter {
  private readonly responses: PreparedInsert<NewRow, InsertResult>;

  constructor(
    db: Kysely<Schema>,
    private readonly items: ItemWriter,
    private readonly bodies: ItemBodies,
  ) {
    this.responses = new PreparedInsert(COLUMNS, (rows) =>
      db
        .insertInto('responses')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    );
  }

  /**
   * Writes several, in as few statements as one: those of which {@link isPlain} is true.
   *
   * @throws Collision where an id stands for something else already: one by one, {@link write} finds a way
   */
  async writeTogether(db: Kysely<Schema>, records: readonly ResponseRecord[]): Promise<void> {
    const uses: ItemUseRow[] = [];
    const items = records.flatMap((record) => {
      const { tenant, response } = record;
      const entries = outputEntries(response, record.hidden);
      if (isIndexed(record)) entries.push(...inputEntries(ownInput(record)));
      return this.items.rowsOf({ tenant, responseId: response.id }, entries);
    });
    const rows = records.map((record) => {
      const own = isIndexed(record) ? ownInput(record).map((item) => ({ item, isUsed: false })) : [];
      const row = this.rowOf(record, this.inputOf(record, own, uses));
      return row;
    });
    await this.findPlaces(db, rows);
    const isWritten =
      (await this.items.upsert(db, items)) === items.length &&
      (await this.responses.execute(db, rows)).written === rows.length;
    if (!isWritten) throw new Collision();
    if (uses.length > 0) await this.items.use(db, uses);
  }

  async write(db: Kysely<Schema>, record: ResponseRecord): Promise<void> {
    const { tenant, response } = record;
    const owner = { tenant, responseId: response.id };
    const output = outputEntries(response, record.hidden);
    await this.items.upsert(db, this.items.rowsOf(owner, output));
    const own = isIndexed(record) ? ownInput(record) : [];
    const inserted = await this.items.insert(db, this.items.rowsOf(owner, inputEntries(own)));
    const uses: ItemUseRow[] = [];
    const input = this.inputOf(record, await this.items.resolve(db, owner, own, inserted), uses);
    await this.items.use(db, uses);
    const row = this.rowOf(record, input);
    if (row.conversation_id !== null) {
      row.conversation_end = await this.append(
        db,
        tenant,
        response,
        row.conversation_id,
        saidIn(input, output),
      );
    }
    await this.findPlaces(db, [row]);
    if ((await this.responses.execute(db, [row])).written > 0) return;
    // Another replica has continued the same response at the same moment; or it is kept already, by a call that seemed to have failed.
    await this.responses.execute(db, [{ ...row, ...ownChain(row) }]);
  }

  /** @returns false where it had ended before */
  async settle(
    db: Kysely<Schema>,
    tenant: string,
    response: ResponseObject,
    hidden: readonly HiddenItem[],
    expiresAt: number,
  ): Promise<boolean> {
    const { id, status } = response;
    const ended = await db
      .updateTable('responses')
      .set({
        status,
        expires_at: expiresAt,
        sweep_at: expiresAt + GRACE_S,
        body: writeBody(response),
        job: null,
      })
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .where('status', 'in', ['queued', 'in_progress'])
      .where('expires_at', '>', 0)
      .returning(['input', 'conversation_id'])
      .executeTakeFirst();
    if (!ended) return false;
    const output = outputEntries(response, hidden);
    await this.items.upsert(db, this.items.rowsOf({ tenant, responseId: id }, output));
    if (ended.conversation_id !== null) {
      const said = saidIn(JSON.parse(ended.input) as InputEntry[], output);
      const end = await this.append(db, tenant, response, ended.conversation_id, said);
      await db.updateTable('responses').set({ conversation_end: end }).where('id', '=', id).execute();
    }
    return true;
  }

  private rowOf({ tenant, response, streamed, expiresAt, job }: ResponseRecord, input: InputEntry[]): NewRow {
    return {
      id: response.id,
      tenant,
      status: response.status,
      expires_at: expiresAt,
      sweep_at: expiresAt + GRACE_S,
      ...ownChain(response),
      previous_id: response.previous_response_id,
      conversation_id: conversationOf(response),
      conversation_end: null,
      background: Number(response.background),
      streamed: Number(streamed),
      worked_at: job === null ? 0 : steadyNow(),
      input: JSON.stringify(input),
      body: writeBody(response),
      job: job === null ? null : this.bodies.seal(tenant, job),
    };
  }

  /** @param uses gets items that others have brought */
  private inputOf(
    { tenant, response, input }: ResponseRecord,
    kept: readonly KeptItem[],
    uses: ItemUseRow[],
  ): InputEntry[] {
    let next = 0;
    return input.map((item, position) => {
      const known = item.type === 'item_reference' ? { item, isUsed: true } : kept[next++];
      if (!known) return this.inline(tenant, item);
      const { id } = known.item;
      if (known.isUsed) uses.push({ holder: response.id, position, tenant, item_id: id });
      return { type: 'item_reference', id };
    });
  }

  private inline(tenant: string, item: StoredItem): InputEntry {
    const body = this.bodies.write(tenant, item);
    return this.bodies.isSealed(body) ? body : item;
  }

  /** Each continues the chain of its previous one; where that was continued already, it begins one that branches off. */
  private async findPlaces(db: Kysely<Schema>, rows: readonly NewRow[]): Promise<void> {
    const previous = rows.flatMap(({ previous_id: id }) => (id === null ? [] : [id]));
    if (previous.length === 0) return;
    const found = await db
      .selectFrom('responses as previous')
      .leftJoin('responses as next', (join) =>
        join
          .onRef('next.chain', '=', 'previous.chain')
          .onRef('next.turn', '=', sql<number>`previous.turn + 1`),
      )
      .select(['previous.id', 'previous.tenant', 'previous.chain', 'previous.turn'])
      .where('previous.id', 'in', previous)
      .where('next.id', 'is', null)
      .execute();
    const free = new Map(found.map((place) => [place.id, place]));
    for (const row of rows) {
      const place = free.get(row.previous_id ?? '');
      if (place?.tenant !== row.tenant) continue;
      free.delete(place.id);
      row.chain = place.chain;
      row.turn = place.turn + 1;
    }
  }

  /** @returns `position` before which everything was there before this response; null where there is no such conversation any more */
  private append(
    db: Kysely<Schema>,
    tenant: string,
    { status }: ResponseObject,
    conversationId: string,
    said: readonly string[],
  ): Promise<number | null> {
    return appendToConversation(db, this.items, tenant, conversationId, isContinued(status) ? said : []);
  }
}

const ownChain = ({ id }: { id: string }) => ({ chain: id, turn: 0 });

const ownInput = ({ input }: ResponseRecord): StoredItem[] =>
  input.filter(({ type }) => type !== 'item_reference');

/** A conversation holds rows. */
function isIndexed(record: ResponseRecord): boolean {
  return ownInput(record).length <= INDEXED_INPUT || conversationOf(record.response) !== null;
}

/** Whether nothing but its own rows have to be written, each once. */
export function isPlain(record: ResponseRecord): boolean {
  const ids = record.input.map(({ id }) => id);
  return conversationOf(record.response) === null && new Set(ids).size === ids.length;
}
