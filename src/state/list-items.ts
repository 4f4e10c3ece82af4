import type { ItemList } from '../contracts/state-api.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { Page, PageQuery } from './stored-item.js';
import { isUsableId, shownId } from './usable-id.js';

/** A page of items as clients get it. SDKs go on behind `last_id`, or the id of the last item. */
export function listItems({ items, hasMore }: Page): ItemList {
  return {
    object: 'list',
    data: items,
    first_id: items[0]?.id ?? '',
    last_id: items.at(-1)?.id ?? '',
    has_more: hasMore,
  };
}

/** @throws GatewayError (400) where the page is to begin behind what can be no item: the store is not asked for it */
export function checkPage({ after }: PageQuery): void {
  if (after === undefined || isUsableId(after)) return;
  throw invalidRequest('after', `Item with id '${shownId(after)}' not found.`);
}
