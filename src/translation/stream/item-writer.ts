import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ItemStatus, OutputItem } from '../../contracts/responses-api.js';
import type { CallOutcome } from '../vocabulary/segment.js';

/** What an item needs of the answer it belongs to. */
export interface StreamOutput {
  emit: (event: ResponseEvent) => void;
  nextSequence(): number;
}

/** An output item that is being written. */
export interface ItemWriter {
  readonly outputIndex: number;
  /** Sends the closing events and returns the finished item. */
  close(status: ItemStatus): OutputItem;
}

/** Reasoning that is being written. */
export interface ReasoningWriter extends ItemWriter {
  writeText(delta: string): void;
}

/** A call that is being written. */
export interface CallWriter extends ItemWriter {
  writeText(delta: string): void;
  /** Whether what was written so far is a whole call: no further fragment can belong to it. */
  readonly isWhole: boolean;
  /** Whether what was written so far is nothing that a tool could be called with. */
  readonly isBroken: boolean;
}

/** A call that the gateway runs. */
export interface ServedCallWriter {
  readonly id: string;
  readonly outputIndex: number;
  writeText(text: string): void;
  /** The arguments are whole. Idempotent. */
  endArguments(): void;
  finish(outcome: CallOutcome): OutputItem;
  /** It was not run, or nobody has waited for its end. */
  close(): OutputItem;
}

type ItemEvent = Extract<ResponseEvent, { item_id: string }>;
type Unplaced<T> = T extends ItemEvent ? Omit<T, 'sequence_number' | 'item_id' | 'output_index'> : never;

/** An event within an item. Not for the deltas of texts: what is put together here costs more than they do. */
export function emitOfItem(
  output: StreamOutput,
  { id, outputIndex }: { id: string; outputIndex: number },
  { type, ...rest }: Unplaced<ItemEvent>,
): void {
  output.emit({
    type,
    sequence_number: output.nextSequence(),
    item_id: id,
    output_index: outputIndex,
    ...rest,
  } as ItemEvent);
}

export function announceItem(output: StreamOutput, outputIndex: number, item: OutputItem): void {
  output.emit({
    type: 'response.output_item.added',
    sequence_number: output.nextSequence(),
    output_index: outputIndex,
    item,
  });
}

export function finishItem<T extends OutputItem>(output: StreamOutput, outputIndex: number, item: T): T {
  output.emit({
    type: 'response.output_item.done',
    sequence_number: output.nextSequence(),
    output_index: outputIndex,
    item,
  });
  return item;
}
