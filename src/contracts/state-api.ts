/** Wire types of what is stored: lists of items, conversations, and what deleting answers. */

/** An item of a list: an input or output item, with its id. */
export interface ListedItem {
  id: string;
  [field: string]: unknown;
}

/** A part of a list of items. `first_id` and `last_id` are empty where it is. */
export interface ItemList {
  object: 'list';
  data: ListedItem[];
  first_id: string;
  last_id: string;
  /** Whether there are more behind `last_id`. */
  has_more: boolean;
}

export interface ConversationObject {
  id: string;
  object: 'conversation';
  /** Unix time in seconds. */
  created_at: number;
  metadata: Record<string, string>;
}

/** Answer of `DELETE /v1/responses/{id}`. */
export interface DeletedResponse {
  id: string;
  object: 'response';
  deleted: true;
}

/** Answer of `DELETE /v1/conversations/{id}`. */
export interface DeletedConversation {
  id: string;
  object: 'conversation.deleted';
  deleted: true;
}
