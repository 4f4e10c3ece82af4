import type { RawObject } from '../contracts/raw-object.js';

/** An item as it is kept and shown: with an id. @public */
export type StoredItem = RawObject & { id: string };

/** A part of a list of items. @public */
export interface PageQuery {
  /** Id of the item behind which the page begins; undefined: at the beginning. */
  after: string | undefined;
  /** 1 to 100. */
  limit: number;
  order: 'asc' | 'desc';
}

/** @public */
export interface Page {
  items: StoredItem[];
  /** Whether there are more behind it. */
  hasMore: boolean;
}
