import type { ResponseEvent } from '../../contracts/response-events.js';
import type { OutputItem, ResponseObject } from '../../contracts/responses-api.js';
import type { Recorder } from '../run/event-barrier.js';

/** An item, and its index in the output. */
export interface PlacedItem {
  item: OutputItem;
  outputIndex: number;
}

/** Where the parts of an answer are kept. */
export interface RecordWriter {
  /** The model server has begun to answer. */
  begun?(): Promise<void>;
  /** Keeps items of a response that goes on. */
  keepItems(items: readonly PlacedItem[]): Promise<void>;
  /** Keeps the response as it has ended. */
  keepResponse(response: ResponseObject): Promise<void>;
  /** Something could not be kept. */
  failed(error: unknown): void;
}

/**
 * Keeps an answer as its client learns of it: each item before the client knows that it is done, and the response before it has ended.
 * What comes in the same moment is written at once. Where that fails the answer goes on, and says that it was not stored.
 */
export class RunRecorder implements Recorder {
  private pending: PlacedItem[] = [];
  private flushing: Promise<void> | null = null;
  private ending: Promise<void> | null = null;

  /** @param keepsItems whether the client learns of items before the end */
  constructor(
    private readonly writer: RecordWriter,
    private readonly keepsItems: boolean,
  ) {}

  before(event: ResponseEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'response.output_item.done':
        return this.keepsItems ? this.keepItem(event.item, event.output_index) : undefined;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        // An answer whose last event was lost on the way ends once more: what was kept is what the model has said.
        this.ending ??= this.keepResponse(event.response);
        return this.ending;
      case 'response.in_progress':
        return this.writer.begun?.();
      default:
        return undefined;
    }
  }

  private keepItem(item: OutputItem, outputIndex: number): Promise<void> {
    this.pending.push({ item, outputIndex });
    this.flushing ??= Promise.resolve().then(this.flush);
    return this.flushing;
  }

  private readonly flush = async (): Promise<void> => {
    const { pending, ending } = this;
    this.pending = [];
    this.flushing = null;
    // What ends the response in the same moment keeps its items too.
    if (ending) await ending;
    else await this.attempt(() => this.writer.keepItems(pending));
  };

  private async keepResponse(response: ResponseObject): Promise<void> {
    const isKept = await this.attempt(() => this.writer.keepResponse(response));
    if (!isKept) response.store = false;
  }

  private async attempt(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      this.writer.failed(error);
      return false;
    }
  }
}
