import { type Kysely, sql } from 'kysely';
import { type ArgumentOf, PreparedQuery } from '../../database/prepared-query.js';
import type { ItemRow, Schema } from '../../database/schema.js';

type FoundRow = Pick<ItemRow, 'id' | 'body'>;
interface Lookup {
  tenant: string;
  ids: readonly string[];
  now: number;
}

const IDS_AT_ONCE = 128;

/** Finds items that may be referred to: of what lives, and of a response that is still being answered. */
export class ItemFinder {
  private readonly queries = new Map<number, PreparedQuery<Lookup, FoundRow>>();

  constructor(private readonly db: Kysely<Schema>) {}

  async find(db: Kysely<Schema>, tenant: string, ids: readonly string[], now: number): Promise<FoundRow[]> {
    const rows: FoundRow[] = [];
    for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
      const some = ids.slice(start, start + IDS_AT_ONCE);
      rows.push(...(await this.queryOf(some.length).execute(db, { tenant, ids: some, now })).rows);
    }
    return rows;
  }

  /** One for each power of two: ids that are missing are the first one again. */
  private queryOf(count: number): PreparedQuery<Lookup, FoundRow> {
    const size = 2 ** Math.ceil(Math.log2(count));
    let query = this.queries.get(size);
    if (!query) {
      query = new PreparedQuery((argument) => selectItems(this.db, argument, size));
      this.queries.set(size, query);
    }
    return query;
  }
}

function selectItems(db: Kysely<Schema>, argument: ArgumentOf<Lookup>, size: number) {
  const ids = Array.from({ length: size }, (_, index) =>
    argument((values) => values.ids[index] ?? values.ids[0]),
  );
  const now = argument((values) => values.now);
  const tenant = argument((values) => values.tenant);
  const query = sql<FoundRow>`
    select item.id, item.body
    from items as item
    left join responses as response on response.id = item.response_id
    where item.tenant = ${tenant}
      and item.id in (${sql.join(ids)})
      and (
        item.kind in ('input', 'output') and (response.expires_at > ${now} or item.expires_at > ${now})
        or item.kind <> 'hidden' and exists (
          select 1
          from item_uses as used
          left join responses as user_response on user_response.id = used.holder
          left join conversations as conversation on conversation.id = used.holder
          where used.tenant = item.tenant
            and used.item_id = item.id
            and (user_response.expires_at > ${now} or conversation.id is not null)
        )
      )`;
  return { compile: () => query.compile(db) };
}
