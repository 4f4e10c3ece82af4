import type { Generated } from 'kysely';

/** Times are Unix times: `_at` in seconds, `_until` in milliseconds. Columns of JSON are texts in both databases. */
export interface Schema {
  responses: ResponseRow;
  items: ItemRow;
  item_uses: ItemUseRow;
  conversations: ConversationRow;
  events: EventRow;
  leases: LeaseRow;
  idempotency: IdempotencyRow;
}

/**
 * The responses of a conversation by `previous_response_id` form a chain, one turn after the other. A second continuation of the same
 * response begins a chain of its own, whose name is the id of its first response.
 */
export interface ResponseRow {
  id: string;
  tenant: string;
  status: string;
  expires_at: number;
  /** When the sweeper is to look at it; null: not before what continues it is gone. */
  sweep_at: number | null;
  chain: string;
  turn: number;
  previous_id: string | null;
  conversation_id: string | null;
  /** `position` before which the items of the conversation were there before it. */
  conversation_end: number | null;
  background: number;
  streamed: number;
  /** The model server has begun to answer, for a background response. */
  started: Generated<number>;
  /** When something was last heard of whoever works on it, for a background response; Unix time in milliseconds. */
  worked_at: number;
  /** JSON: an array of `item_reference`s, which stand for rows of `items`, of items, and of items that are sealed. */
  input: string;
  /** The response object without its output, JSON. */
  body: string;
  job: string | null;
}

/** Items that are found by their ids: those of responses, and of conversations. */
export interface ItemRow {
  tenant: string;
  id: string;
  /** The response that it came with: it is found as long as that one is, or as long as others hold it (see {@link ItemUseRow}). */
  response_id: string | null;
  /** Of an item of the output its place there, see `placeOfOutput`. */
  ordinal: number;
  /** `partial`: output that was broken off, which is shown and not found by its id. `hidden`: only the model gets to see it. */
  kind: 'input' | 'output' | 'hidden' | 'partial';
  /** Until then it is found without a response; then it is looked at whether anything still holds it. */
  expires_at: number | null;
  /** JSON; sealed where it is reasoning and there is a key. */
  body: string;
}

/** An item that a conversation holds, or that is input of another response than it came with. */
export interface ItemUseRow {
  /** Id of the conversation or response. */
  holder: string;
  /** Its place among the items of the holder. */
  position: number;
  tenant: string;
  item_id: string;
}

export interface ConversationRow {
  id: string;
  tenant: string;
  created_at: number;
  metadata: string;
  /** The `position` of the item that comes next. */
  next_position: Generated<number>;
}

/** Consecutive events of one log. */
export interface EventRow {
  log: string;
  last_sequence: number;
  body: string;
  is_end: number;
  kept_until: number;
}

export interface LeaseRow {
  name: string;
  holder: string;
  held_until: number;
}

export interface IdempotencyRow {
  scope: string;
  fingerprint: string;
  /** null while the request is being answered. */
  outcome: string | null;
  kept_until: number;
}
