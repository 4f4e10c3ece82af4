import { randomBytes } from 'node:crypto';
import type { ResponseEvent } from '../contracts/responses-api.js';

const OBFUSCATION_BLOCK = 16;
const LINE_BREAKS = /[\u0085\u2028\u2029]/;
/** What JSON.stringify leaves as it is and no reader takes for a line break. */
const PLAIN = /^[^"\\\p{Cc}\p{Cs}\u2028\u2029]*$/u;
const EACH_LINE_BREAK = /[\u0085\u2028\u2029]/g;

/** The last frame of every stream. */
export const DONE_FRAME = 'data: [DONE]\n\n';
/** A comment: keeps proxies and clients from giving up on a silent stream, and is no event. */
export const KEEP_ALIVE_FRAME = ': keep-alive\n\n';
/** For Codex, whose idle timer counts data only; other strict clients throw on an event they do not know. */
export const KEEP_ALIVE_EVENT_FRAME = 'event: keepalive\ndata: {"type":"keepalive"}\n\n';

/** The deltas, by far the most frequent events: everything but sequence number and text is constant for an item. */
interface DeltaTemplate {
  type: DeltaEvent['type'];
  itemId: string;
  part: number;
  /** Up to the sequence number, and from there to the text. */
  head: string;
  middle: string;
}

type DeltaEvent = Extract<ResponseEvent, { delta: string }>;
type AnyDelta = DeltaEvent & { content_index?: number; summary_index?: number; logprobs?: unknown[] };

/**
 * Writes events, as SSE frames or as their JSON alone. Sequence numbers are given here, so that they have no gap even
 * when an interceptor took an event out or put one in.
 */
export class EventFramer {
  private sequence = 0;
  private template: DeltaTemplate | null = null;

  /** @param obfuscate pad deltas, so that the length of a frame does not tell what is in it */
  constructor(private readonly obfuscate = false) {}

  frame(event: ResponseEvent): string {
    return `event: ${event.type}\ndata: ${this.format(event)}\n\n`;
  }

  /** The JSON of the event, for transports with frames of their own. */
  format(event: ResponseEvent): string {
    const text = this.formatNumbered(event, this.sequence);
    // Only now: an event that cannot be written must not take a number.
    this.sequence++;
    return text;
  }

  private formatNumbered(event: ResponseEvent, sequence: number): string {
    if (this.obfuscate && 'delta' in event)
      return stringify({ ...event, sequence_number: sequence, obfuscation: padding(event.delta) });
    if (isDelta(event) && !hasLogprobs(event)) return this.formatDelta(event, sequence);
    return stringify(event.sequence_number === sequence ? event : { ...event, sequence_number: sequence });
  }

  private formatDelta(event: DeltaEvent, sequence: number): string {
    let template = this.template;
    if (
      template?.itemId !== event.item_id ||
      template.type !== event.type ||
      template.part !== partOf(event)
    ) {
      template = buildTemplate(event);
      this.template = template;
    }
    return `${template.head}${sequence}${template.middle}${quote(event.delta)}}`;
  }
}

/** JSON on one line for every reader: Python's splitlines() also breaks at these three, which JSON leaves as they are. */
function stringify(value: unknown): string {
  const json = JSON.stringify(value);
  return LINE_BREAKS.test(json) ? json.replace(EACH_LINE_BREAK, escapeCharacter) : json;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Random characters that bring a delta up to the next multiple of a block. */
function padding(delta: string): string {
  const missing = OBFUSCATION_BLOCK - (delta.length % OBFUSCATION_BLOCK);
  return randomBytes(missing).toString('base64url').slice(0, missing);
}

function buildTemplate(event: DeltaEvent): DeltaTemplate {
  const { type, item_id, output_index, content_index, summary_index, logprobs }: AnyDelta = event;
  const place = stringify({ item_id, output_index, content_index, summary_index, logprobs });
  return {
    type: event.type,
    itemId: item_id,
    part: partOf(event),
    head: `{"type":"${type}","sequence_number":`,
    middle: `,${place.slice(1, -1)},"delta":`,
  };
}

/** Content parts and summary parts are numbered; of what has no parts there is one. */
function partOf(event: DeltaEvent): number {
  if ('content_index' in event) return event.content_index;
  return 'summary_index' in event ? event.summary_index : 0;
}

function isDelta(event: ResponseEvent): event is DeltaEvent {
  return event.type.endsWith('.delta');
}

function hasLogprobs(event: DeltaEvent): boolean {
  return 'logprobs' in event && event.logprobs.length > 0;
}

/** @throws TypeError when an interceptor has left no text */
function quote(text: unknown): string {
  if (typeof text !== 'string') throw new TypeError('A delta must be a text.');
  return PLAIN.test(text) ? `"${text}"` : stringify(text);
}
