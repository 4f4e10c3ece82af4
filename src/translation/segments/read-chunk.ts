import {
  type ChatChoice,
  type ChatCompletion,
  type ChatDelta,
  type ChatLogprob,
  type ChatTexts,
  type ChatUsage,
  choiceOf,
  finishReasonOf,
  STREAM_END,
} from '../../contracts/chat-completions.js';
import type { ResponseUsage } from '../../contracts/responses-api.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type FinishMeaning, readFinishReason } from './read-finish-reason.js';
import { LogprobReader } from './read-logprobs.js';
import { readTexts } from './read-texts.js';
import { readUsage } from './read-usage.js';
import type { EmitSegment, Segment } from '../vocabulary/segment.js';
import { ToolCallTracker } from './tool-call-tracker.js';

/** What a reader of chunks needs of its turn. */
export interface ChunkReaderOptions {
  /** Whether a tool of that name is offered. */
  isTool?: (name: string) => boolean;
  /** Receives a warning for a finish reason that is not known. */
  warn?: (warning: string) => void;
}

/**
 * Reads the chunks of one answer into segments. A non-streamed completion is read as one big chunk: its `message`
 * has the fields of a delta.
 */
export class ChunkReader {
  /** Most answers have no calls, and no logprobs. */
  private calls: ToolCallTracker | null = null;
  private logprobs: LogprobReader | null = null;
  private isFinished = false;
  private usage: ResponseUsage | undefined;

  constructor(private readonly options: ChunkReaderOptions) {}

  pushChunk(chunk: ChatCompletion, emit: EmitSegment): void {
    if (chunk === STREAM_END) {
      if (!this.isFinished) this.finish('interrupted', emit);
      return;
    }
    // First, for the choice may end the answer.
    if (chunk.usage) this.count(chunk.usage, emit);
    const choice = choiceOf(chunk);
    if (!choice) return;
    if (choice.usage) this.count(choice.usage, emit);
    this.readChoice(choice, emit);
    // A whole body without a reason is whole all the same; what streams whole messages says so in `object`.
    const isBody = choice.message && !choice.delta && !chunk.object?.endsWith('.chunk');
    if (isBody && !this.isFinished) this.finish('stop', emit);
  }

  /** The last counts are the whole ones: some servers count on in each chunk. */
  private count(usage: ChatUsage, emit: EmitSegment): void {
    this.usage = readUsage(usage, this.usage);
    emit({ kind: 'usage', usage: this.usage });
  }

  private readChoice(choice: ChatChoice, emit: EmitSegment): void {
    const delta = choice.delta ?? choice.message;
    if (delta) this.readDelta(delta, choice, emit);
    const reason = finishReasonOf(choice);
    if (reason && !this.isFinished) this.readFinish(reason, choice.native_finish_reason, emit);
  }

  private readDelta(delta: ChatDelta, choice: ChatChoice, emit: EmitSegment): void {
    const { content, reasoning_content, reasoning, refusal } = delta;
    if (content || reasoning_content || reasoning || refusal) this.calls?.announce(emit);
    const tokens = choice.logprobs?.content;
    if (tokens) this.emitWithLogprobs(delta, tokens, emit);
    else emitTexts(delta, emit);
    if (!delta.tool_calls) return;
    this.calls ??= new ToolCallTracker(this.options.isTool);
    this.calls.pushDeltas(delta.tool_calls, emit);
  }

  private emitWithLogprobs(delta: ChatDelta, tokens: ChatLogprob[], emit: EmitSegment): void {
    const texts: Segment[] = [];
    emitTexts(delta, (segment) => texts.push(segment));
    const hasCalls = (delta.tool_calls?.length ?? 0) > 0;
    this.logprobs ??= new LogprobReader();
    this.logprobs.attach(tokens, texts, hasCalls).forEach(emit);
  }

  /** @param native the word of the server behind a proxy */
  private readFinish(reason: unknown, native: unknown, emit: EmitSegment): void {
    const meaning = readFinishReason(reason);
    if (meaning === null) this.options.warn?.('unknown_finish_reason');
    // Proxies make a plain stop of words they do not know, and say beside it what they were.
    const isPlain = meaning === null || meaning === 'stop';
    this.finish((isPlain && readFinishReason(native)) || (meaning ?? 'stop'), emit, reason);
  }

  /** @param word the server's own, where it has given one */
  private finish(meaning: FinishMeaning, emit: EmitSegment, word?: unknown): void {
    this.isFinished = true;
    this.calls?.end(emit);
    if (meaning === 'failure') {
      const cause = `finish_reason ${JSON.stringify(word)}`;
      emit({ kind: 'failure', error: new GatewayError('upstream_error', { cause }) });
    } else if (meaning === 'stop' && this.calls?.hasNameless) {
      const cause = 'A tool call has no name.';
      emit({ kind: 'failure', error: new GatewayError('upstream_protocol_error', { cause }) });
    } else {
      emit({ kind: 'finish', reason: meaning });
    }
  }
}

function emitTexts({ content, reasoning_content, reasoning, refusal }: ChatDelta, emit: EmitSegment): void {
  emitText(isEmpty(reasoning_content) ? reasoning : reasoning_content, 'reasoning', emit);
  emitText(content, 'text', emit);
  emitText(refusal, 'refusal', emit);
}

/** Nearly every delta is one string: no list is looked for there. */
function emitText(value: ChatTexts, kind: 'text' | 'reasoning' | 'refusal', emit: EmitSegment): void {
  if (isEmpty(value)) return;
  if (typeof value === 'string') emit({ kind, text: value });
  else
    readTexts(value, kind, (partKind, text) => {
      emit({ kind: partKind, text });
    });
}

function isEmpty(value: ChatTexts): boolean {
  return value === undefined || value === null || value === '';
}
