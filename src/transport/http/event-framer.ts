import { randomBytes } from 'node:crypto';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { DeltaFrame, type DeltaTemplate } from './delta-frame.js';
import { LONG_TEXT, SharedJson } from './shared-json.js';
import { stringifyLine } from './stringify-line.js';

const OBFUSCATION_BLOCK = 16;
/** The bytes of one event: a text, or consecutive parts that may be shared with other frames. */
export type Frame = string | readonly Buffer[];

/** The last frame of every stream. */
export const DONE_FRAME = 'data: [DONE]\n\n';
/** An SSE comment: keeps proxies and clients from timing out on a silent stream, and is not an event. */
export const KEEP_ALIVE_FRAME = ': keep-alive\n\n';
/** For Codex, whose idle timer only counts data; other strict clients throw on unknown events. */
export const KEEP_ALIVE_EVENT_FRAME = 'event: keepalive\ndata: {"type":"keepalive"}\n\n';

/** What stands around the JSON of an event. */
interface Wrapping {
  before: (type: string) => string;
  after: string;
}

const SSE: Wrapping = { before: (type) => `event: ${type}\ndata: `, after: '\n\n' };
const NOTHING: Wrapping = { before: () => '', after: '' };

/** The deltas, by far the most frequent events: everything but sequence number and text is constant for a part of an item. */
interface PartTemplate extends DeltaTemplate {
  type: ItemDelta['type'];
  itemId: string;
  part: number;
  wrapping: Wrapping;
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
  private template: PartTemplate | null = null;
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

  frame(event: ResponseEvent): Frame | DeltaFrame {
    return this.write(event, SSE);
  }

  /** The JSON of the event, for transports with frames of their own. */
  format(event: ResponseEvent): Frame {
    const frame = this.write(event, NOTHING);
    return frame instanceof DeltaFrame ? frame.toString() : frame;
  }

  /** Releases the texts that it holds: there are no more events. */
  forget(): void {
    this.shared = null;
  }

  private write(event: ResponseEvent, wrapping: Wrapping): Frame | DeltaFrame {
    const frame = this.writeNumbered(event, this.sequence, wrapping);
    // Only now: an event that cannot be written must not take a number.
    this.sequence++;
    return frame;
  }

  private writeNumbered(event: ResponseEvent, sequence: number, wrapping: Wrapping): Frame | DeltaFrame {
    if (isDelta(event)) {
      this.textLength += lengthOf(event.delta);
      if (this.obfuscate) {
        const padded = { ...event, sequence_number: sequence, obfuscation: padding(event.delta) };
        return wrap(stringifyLine(padded), event, wrapping);
      }
      // Commands of a shell name no item, and are few.
      if ('item_id' in event && !hasLogprobs(event)) return this.writeDelta(event, sequence, wrapping);
    } else this.textLength += repeatedLength(event as Repeating);
    const numbered = event.sequence_number === sequence ? event : { ...event, sequence_number: sequence };
    if (this.textLength < LONG_TEXT || isDelta(event)) return wrap(stringifyLine(numbered), event, wrapping);
    const parts = (this.shared ??= new SharedJson()).encode(numbered);
    if (wrapping === NOTHING) return parts;
    return [Buffer.from(wrapping.before(event.type)), ...parts, Buffer.from(wrapping.after)];
  }

  private writeDelta(event: ItemDelta, sequence: number, wrapping: Wrapping): DeltaFrame {
    let template = this.template;
    if (
      template?.itemId !== event.item_id ||
      template.type !== event.type ||
      template.part !== partOf(event) ||
      template.wrapping !== wrapping
    ) {
      template = buildTemplate(event, wrapping);
      this.template = template;
    }
    return new DeltaFrame(template, sequence, event.delta);
  }
}

/** Random characters that bring a delta up to the next multiple of a block. */
function padding(delta: string): string {
  const missing = OBFUSCATION_BLOCK - (delta.length % OBFUSCATION_BLOCK);
  return randomBytes(missing).toString('base64url').slice(0, missing);
}

function wrap(json: string, { type }: ResponseEvent, { before, after }: Wrapping): string {
  return `${before(type)}${json}${after}`;
}

function buildTemplate(event: ItemDelta, wrapping: Wrapping): PartTemplate {
  const { type, item_id, output_index, content_index, summary_index, logprobs }: AnyDelta = event;
  const place = stringifyLine({ item_id, output_index, content_index, summary_index, logprobs });
  return {
    type: event.type,
    itemId: item_id,
    part: partOf(event),
    wrapping,
    head: `${wrapping.before(type)}{"type":"${type}","sequence_number":`,
    middle: `,${place.slice(1, -1)},"delta":"`,
    end: `"}${wrapping.after}`,
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
