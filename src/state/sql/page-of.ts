import { invalidRequest } from '../../errors/gateway-error.js';
import type { Page, PageQuery, StoredItem } from '../stored-item.js';

/** @throws GatewayError (400, param `after`) */
export function unknownAfter(after: string): Error {
  return invalidRequest('after', `Item with id '${after}' not found.`);
}

/**
 * A page of a list that is there as a whole. An item that was said twice is listed once: its id must lead on from where it stands.
 *
 * @throws GatewayError (400, param `after`) where there is no such item
 */
export function pageOf(list: readonly StoredItem[], { after, limit, order }: PageQuery): Page {
  const items = [...new Map(list.map((item) => [item.id, item])).values()];
  if (order === 'desc') items.reverse();
  let start = 0;
  if (after !== undefined) {
    start = items.findIndex(({ id }) => id === after) + 1;
    if (start === 0) throw unknownAfter(after);
  }
  return { items: items.slice(start, start + limit), hasMore: items.length > start + limit };
}
