import type { OutputItem, ResponseObject, ResponseStatus } from '../contracts/responses-api.js';
import type { Page, PageQuery, StoredItem } from './stored-item.js';

/** What the client was not shown, such as reasoning, and the model gets back in the next turn. @public */
export interface HiddenItem {
  item: StoredItem;
  /** It stands before the output item of this index. */
  before: number;
}

/** What is said of a response when it is kept. @public */
export interface ResponseRecord {
  /** Whose it is: nobody else finds it. */
  tenant: string;
  /** As its client has it. Its `previous_response_id` and `conversation` are existing ones of the tenant. */
  response: ResponseObject;
  /**
   * The items that this request has brought itself, in order, each with an id that is new or that of the same item; `item_reference`s
   * stand for items that are kept already.
   */
  input: readonly StoredItem[];
  hidden: readonly HiddenItem[];
  /** Whether its events can be read again while the log of them lasts. */
  streamed: boolean;
  /** Unix time in seconds. */
  expiresAt: number;
  /** What it takes to begin it: for a background response that waits. Forgotten once it has ended. */
  job: string | null;
}

/** A response that was kept. @public */
export interface StoredResponse {
  response: ResponseObject;
  streamed: boolean;
  /** See {@link ResponseRecord.job}. */
  job: string | null;
  /** Whether the model server has been asked: it must not be asked again. */
  started: boolean;
}

/** What stands before the input of a response that continues another one, or a conversation. @public */
export interface History {
  /** In the order in which the model gets them; those it was not shown by the client among them. */
  items: StoredItem[];
}

/**
 * Extension point: where responses are kept, with their items. Everything is bound to a tenant: what is another's is not found.
 * Methods reject with GatewayError `store_unavailable` where the store cannot be reached.
 * @public
 */
export abstract class ResponseStore {
  /** Keeps items of a response that is still being answered, so that {@link findItems} finds them. */
  abstract keepItems(
    tenant: string,
    responseId: string,
    items: readonly { item: OutputItem; outputIndex: number }[],
  ): Promise<void>;

  /**
   * Keeps a response with its input and output, all or nothing; durable once it resolves. A response that has ended well, or
   * incomplete, appends its input and its output to its conversation in the same transaction. Can be called again after it has failed.
   */
  abstract create(record: ResponseRecord): Promise<void>;

  /**
   * A background response is worked on from now on. It must have waited, or whoever worked on it has not been heard of for `staleMs`
   * and had not yet got anything of the model server.
   *
   * @returns false where that is not so: nothing was changed
   */
  abstract begin(tenant: string, id: string, staleMs: number): Promise<boolean>;

  /** Whoever works on a background response is still there. @returns false where it has ended */
  abstract beat(tenant: string, id: string): Promise<boolean>;

  /** The model server has begun to answer a background response. @returns false where it had before, for another process */
  abstract markStarted(tenant: string, id: string): Promise<boolean>;

  /**
   * Ends a background response that was `queued` or `in_progress`, as {@link create} does with one that has ended.
   *
   * @returns false where it had ended before: nothing was changed
   */
  abstract settle(
    tenant: string,
    response: ResponseObject,
    hidden: readonly HiddenItem[],
    expiresAt: number,
  ): Promise<boolean>;

  /** @returns null where it is unknown, deleted, expired, or another tenant's */
  abstract find(tenant: string, id: string): Promise<StoredResponse | null>;

  /**
   * What the model has to be shown before the input of a response that continues this one: its input and output, and those of all
   * before it. In at most two queries. Partial output of a failed or cancelled one is no part of it.
   *
   * @returns null as {@link find}
   */
  abstract findHistory(tenant: string, id: string): Promise<(History & { status: ResponseStatus }) | null>;

  /** The whole input of a response, with what it has continued; hidden items are no part of it. @returns null as {@link find} */
  abstract listInput(tenant: string, id: string, page: PageQuery): Promise<Page | null>;

  /** Those of the items with these ids that may be referred to. */
  abstract findItems(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>>;

  /** What continues it keeps its history. @returns false as {@link find} */
  abstract delete(tenant: string, id: string): Promise<boolean>;

  /** Background responses that have not ended, and of which nothing was heard for `staleMs`. */
  abstract listUnfinished(staleMs: number): Promise<{ tenant: string; id: string }[]>;

  /** Deletes a small batch of what has expired. @returns how many rows; 0: nothing is left to do */
  abstract sweep(limit: number): Promise<number>;

  /** Whether it can be reached. Never rejects. */
  abstract isReady(): Promise<boolean>;
}
