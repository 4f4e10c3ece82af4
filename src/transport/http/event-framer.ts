import { randomBytes } from 'node:crypto';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { LONG_TEXT, SharedJson } from './shared-json.js';
import { stringifyLine } from './stringify-line.js';

const OBFUSCATION_BLOCK = 16;
const FRAME_END = Buffer.from('\n\n');
/** What JSON.stringify leaves as it is and no reader takes for a line break. */
const PLAIN = /^[^"\\\p{Cc}\p{Cs}\u2028\u2029]*$/u;

/** The bytes of one event: a text, or consecutive parts that may be shared with other frames. */
export type Frame = string | readonly Buffer[];

/** The last frame of every stream. */
export const DONE_FRAME = 'data: [DONE]\n\n';
/** An SSE comment: keeps proxies and clients from timing out on a silent stream, and is not an event. */
export const KEEP_ALIVE_FRAME = ': keep-alive\n\n';
/** For Codex, whose idle timer only counts data; other strict clients throw on unknown events. */
export const KEEP_ALIVE_EVENT_FRAME = 'event: keepalive\ndata: {"type":"keepalive"}\n\n';

/** The deltas, by far the most frequent events: everything but sequence number and text is constant for an item. */
interface DeltaTemplate {
  type: ItemDelta['type'];
  itemId: string;
  part: number;
  /** Up to the sequence number, and from there to the text. */
  head: string;
  middle: string;
}

type DeltaEvent = Extract<ResponseEvent, { delta: string }>;
type ItemDelta = Extract<DeltaEvent, { item_id: string }>;
type Repeating = {
  response?: { instructions?: string | null };
  item?: { encrypted_content?: string | null };
};
type AnyDelta = ItemDelta & { content_index?: number; summary_index?: number; logprobs?: unknown[] };

/**
 * Writes events, as SSE frames or as their JSON alone: a text, or where much of it is said again, the parts of one. Sequence
 * numbers are given here, so that they have no gap where an event was not delivered, since an observer threw at it.
 */
export class EventFramer {
  private template: DeltaTemplate | null = null;
  /** Characters of text that have come so far: the events at the end repeat them. */
  private textLength = 0;
  private shared: SharedJson | null = null;

  /**
   * @param obfuscate pad deltas, so that the length of a frame does not tell what is in it
   * @param sequence number of the first event
   */
  constructor(
    private readonly obfuscate = false,
    private sequence = 0,
  ) {}

  frame(event: ResponseEvent): Frame {
    const json = this.format(event);
    if (typeof json === 'string') return `event: ${event.type}\ndata: ${json}\n\n`;
    return [Buffer.from(`event: ${event.type}\ndata: `), ...json, FRAME_END];
  }

  /** The JSON of the event, for transports with frames of their own. */
  format(event: ResponseEvent): Frame {
    const text = this.formatNumbered(event, this.sequence);
    // Only now: an event that cannot be written must not take a number.
    this.sequence++;
    return text;
  }

  /** Releases the texts that it holds: there are no more events. */
  forget(): void {
    this.shared = null;
  }

  private formatNumbered(event: ResponseEvent, sequence: number): Frame {
    if (isDelta(event)) {
      this.textLength += lengthOf(event.delta);
      if (this.obfuscate)
        return stringifyLine({ ...event, sequence_number: sequence, obfuscation: padding(event.delta) });
      // Commands of a shell name no item, and are few.
      if ('item_id' in event && !hasLogprobs(event)) return this.formatDelta(event, sequence);
    } else this.textLength += repeatedLength(event as Repeating);
    const numbered = event.sequence_number === sequence ? event : { ...event, sequence_number: sequence };
    if (this.textLength < LONG_TEXT || isDelta(event)) return stringifyLine(numbered);
    return (this.shared ??= new SharedJson()).encode(numbered);
  }

  private formatDelta(event: ItemDelta, sequence: number): string {
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

/** Random characters that bring a delta up to the next multiple of a block. */
function padding(delta: string): string {
  const missing = OBFUSCATION_BLOCK - (delta.length % OBFUSCATION_BLOCK);
  return randomBytes(missing).toString('base64url').slice(0, missing);
}

function buildTemplate(event: ItemDelta): DeltaTemplate {
  const { type, item_id, output_index, content_index, summary_index, logprobs }: AnyDelta = event;
  const place = stringifyLine({ item_id, output_index, content_index, summary_index, logprobs });
  return {
    type: event.type,
    itemId: item_id,
    part: partOf(event),
    head: `{"type":"${type}","sequence_number":`,
    middle: `,${place.slice(1, -1)},"delta":`,
  };
}

/** Content parts and summary parts are numbered; of what has no parts there is one. */
function partOf(event: ItemDelta): number {
  if ('content_index' in event) return event.content_index;
  return 'summary_index' in event ? event.summary_index : 0;
}

/** Characters that come without deltas and are said again at the end. */
function repeatedLength(event: Repeating): number {
  return (event.response?.instructions?.length ?? 0) + (event.item?.encrypted_content?.length ?? 0);
}

function isDelta(event: ResponseEvent): event is DeltaEvent {
  return event.type.endsWith('.delta');
}

function hasLogprobs(event: DeltaEvent): boolean {
  return 'logprobs' in event && event.logprobs.length > 0;
}

/** @throws TypeError when an interceptor has left no text */
function lengthOf(text: unknown): number {
  if (typeof text !== 'string') throw new TypeError('A delta must be a text.');
  return text.length;
}

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : stringifyLine(text);
}
