import type { History } from './response-store.js';
import type { Page, PageQuery, StoredItem } from './stored-item.js';

/** @public */
export interface StoredConversation {
  id: string;
  /** Unix time in seconds. */
  createdAt: number;
  metadata: Record<string, string>;
}

/** The items of a request that a conversation is to hold; whether an id was given by the client, and must not be exchanged. @public */
export interface ItemToAdd {
  item: StoredItem;
  isGiven: boolean;
}

/**
 * Extension point: where conversations are kept, until they are deleted. Methods other than `create` resolve with null (or false)
 * where the conversation is unknown, deleted or another tenant's, and reject as those of the ResponseStore. Whoever changes a
 * conversation holds its lease.
 * @public
 */
export abstract class ConversationStore {
  abstract create(
    tenant: string,
    conversation: StoredConversation,
    items: readonly ItemToAdd[],
  ): Promise<void>;
  abstract find(tenant: string, id: string): Promise<StoredConversation | null>;
  /** Replaces its metadata. */
  abstract update(
    tenant: string,
    id: string,
    metadata: Record<string, string>,
  ): Promise<StoredConversation | null>;
  /** Its items can still be referred to for a while. */
  abstract delete(tenant: string, id: string): Promise<boolean>;
  /**
   * Appends items; one whose id stands for something else already gets a new one.
   *
   * @returns them as they were kept
   * @throws GatewayError (400, param `items`) where the conversation holds one with a given id
   */
  abstract addItems(tenant: string, id: string, items: readonly ItemToAdd[]): Promise<StoredItem[] | null>;
  /** @throws GatewayError (400, param `after`) where it holds no such item */
  abstract listItems(tenant: string, id: string, page: PageQuery): Promise<Page | null>;
  abstract findItem(tenant: string, id: string, itemId: string): Promise<StoredItem | null>;
  /** @returns null also where it holds no such item */
  abstract deleteItem(tenant: string, id: string, itemId: string): Promise<StoredConversation | null>;
  /** Everything that was said, in order. */
  abstract findHistory(tenant: string, id: string): Promise<History | null>;
}
