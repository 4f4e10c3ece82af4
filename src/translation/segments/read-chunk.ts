import {
  type ChatChoice,
  type ChatCompletion,
  type ChatDelta,
  type ChatLogprob,
  type ChatTexts,
  choiceOf,
} from '../../contracts/chat-completions.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { readLogprobs } from './read-logprobs.js';
import { readTexts } from './read-texts.js';
import { readUsage } from './read-usage.js';
import type { EmitSegment } from './segment.js';
import { ToolCallTracker } from './tool-call-tracker.js';

/**
 * Reads the chunks of one answer into segments. A non-streamed completion is read as one big chunk: its `message`
 * has the fields of a delta.
 */
export class ChunkReader {
  private readonly calls = new ToolCallTracker();

  /** @param readError makes a GatewayError of an `error` object that came in mid-stream */
  constructor(private readonly readError: (error: unknown) => GatewayError) {}

  push(chunk: ChatCompletion, emit: EmitSegment): void {
    if (chunk.error) {
      emit({ kind: 'failure', error: this.readError(chunk.error) });
      return;
    }
    // First, for the choice may end the answer.
    if (chunk.usage) emit({ kind: 'usage', usage: readUsage(chunk.usage) });
    const choice = choiceOf(chunk);
    if (choice) this.readChoice(choice, emit);
  }

  private readChoice(choice: ChatChoice, emit: EmitSegment): void {
    const delta = choice.delta ?? choice.message;
    if (delta) this.readDelta(delta, choice, emit);
    if (choice.finish_reason) this.readFinish(choice.finish_reason, emit);
  }

  private readDelta(delta: ChatDelta, choice: ChatChoice, emit: EmitSegment): void {
    const { content, reasoning_content, reasoning } = delta;
    emitTexts(isEmpty(reasoning_content) ? reasoning : reasoning_content, 'reasoning', emit);
    const logprobs = choice.logprobs?.content;
    if (logprobs) emitWithLogprobs(content, logprobs, emit);
    else emitTexts(content, 'text', emit);
    const refusal = requireText(delta.refusal);
    if (refusal !== '') emit({ kind: 'refusal', text: refusal });
    if (delta.tool_calls) this.calls.push(delta.tool_calls, emit);
  }

  private readFinish(reason: string, emit: EmitSegment): void {
    switch (reason) {
      case 'length':
      case 'content_filter':
        emit({ kind: 'finish', reason });
        return;
      case 'error':
      case 'abort':
        emit({ kind: 'failure', error: new GatewayError('upstream_error') });
        return;
      default:
        emit({ kind: 'finish', reason: 'stop' });
    }
  }
}

/** Nearly every delta is one string: no list is looked for there. */
function emitTexts(value: ChatTexts, kind: 'text' | 'reasoning', emit: EmitSegment): void {
  if (isEmpty(value)) return;
  if (typeof value === 'string') emit({ kind, text: value });
  else
    readTexts(value, kind, (partKind, text) => {
      emit({ kind: partKind, text });
    });
}

/** Those of several texts stand with the first. */
function emitWithLogprobs(content: ChatTexts, given: ChatLogprob[], emit: EmitSegment): void {
  let logprobs: ChatLogprob[] | null = given;
  readTexts(content, 'text', (kind, text) => {
    if (kind === 'text' && logprobs) {
      emit({ kind, text, logprobs: readLogprobs(logprobs) });
      logprobs = null;
    } else emit({ kind, text });
  });
}

function isEmpty(value: ChatTexts): boolean {
  return value === undefined || value === null || value === '';
}

/** The types are what servers promise; what is not text must not become a delta. */
function requireText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new GatewayError('upstream_protocol_error');
}
