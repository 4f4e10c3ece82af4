import type { ItemList, ListedItem } from '../../src/contracts/state-api.js';
import { getJson } from './http-client.js';

export interface Walk {
  limit: number;
  order: 'asc' | 'desc';
  /** Where the walk begins; undefined: at the beginning. */
  after?: string;
}

/** Reads a list page by page to its end, as the SDKs do. */
export async function walkList(
  url: string,
  { limit, order, after }: Walk,
  headers: Record<string, string>,
): Promise<ListedItem[]> {
  const items: ListedItem[] = [];
  let last = after;
  for (;;) {
    const query = new URLSearchParams({
      limit: String(limit),
      order,
      ...(last !== undefined && { after: last }),
    });
    const { status, body } = await getJson(`${url}?${query.toString()}`, headers);
    const { data, has_more, first_id, last_id } = body as ItemList;
    expect(status).toBe(200);
    expect(data.length).toBeLessThanOrEqual(limit);
    expect([first_id, last_id]).toEqual([data[0]?.id ?? '', data.at(-1)?.id ?? '']);
    items.push(...data);
    if (!has_more) return items;
    expect(data).toHaveLength(limit);
    last = last_id;
  }
}
