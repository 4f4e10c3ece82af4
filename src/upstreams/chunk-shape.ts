import type { ChatChoice, ChatCompletion, ChatDelta } from '../contracts/chat-completions.js';
import { endOfString, parsePythonJson } from './parse-python-json.js';

const EVENT_START = 'data: ';
const EVENT_END = '\n\n';
/** A JSON string without escapes, between its quotes. */
const PLAIN = /^[^"\\\p{Cc}]*$/u;
const PROBE = 'probe';

type Rebuild = (text: string) => ChatCompletion;

/** A chunk of which all but one text is known. */
export class ChunkShape {
  /** From the text of one event to that of the next. */
  private readonly joint: string;
  /** The event of such a chunk up to its text, and from there on. */
  private readonly eventStart: string;
  private readonly eventEnd: string;
  /** The same of its JSON. */
  private readonly before: string;
  private readonly after: string;

  /**
   * @param before the chunk's JSON up to the text, its opening quote included
   * @param after the rest, from the closing quote on
   * @param rebuild makes the same chunk with another text
   */
  constructor(
    before: string,
    after: string,
    private readonly rebuild: Rebuild,
  ) {
    const end = after.length + EVENT_END.length;
    this.joint = after + EVENT_END + EVENT_START + before;
    // Cut out of this one text: what was given is a piece of all that was read with the chunk, which it would keep.
    this.eventEnd = this.joint.slice(0, end);
    this.eventStart = this.joint.slice(end);
    this.after = this.joint.slice(0, after.length);
    this.before = this.joint.slice(end + EVENT_START.length);
  }

  /** Characters of a chunk that are not its text. */
  get frameLength(): number {
    return this.before.length + this.after.length;
  }

  /** @returns what JSON.parse would return, or null when the data is not of this shape */
  read(data: string): ChatCompletion | null {
    const { before, after } = this;
    const end = data.length - after.length;
    if (end < before.length) return null;
    // Cut and compared as a whole: startsWith would go through the text one character at a time.
    const head = data.slice(0, before.length);
    const tail = data.slice(end);
    if (head !== before || tail !== after) return null;
    const text = textOf(data.slice(before.length, end));
    return text === null ? null : this.rebuild(text);
  }

  /**
   * Reads events of this shape that stand one behind the other, each of one line. Between two texts there is then always the same,
   * which is compared once; lines and events need not be told apart.
   *
   * @param events whole lines
   * @param start of an event
   * @param take gets each chunk, and how long its text was in JSON
   * @returns the start of the first event that is of another form
   */
  readEvents(events: string, start: number, take: (chunk: ChatCompletion, length: number) => void): number {
    const { eventStart, eventEnd, joint } = this;
    let event = start;
    let at = start + eventStart.length;
    if (events.slice(start, at) !== eventStart) return start;
    for (;;) {
      const end = endOfString(events, at - 1) - 1;
      const isFollowed = events.slice(end, end + joint.length) === joint;
      if (!isFollowed && events.slice(end, end + eventEnd.length) !== eventEnd) return event;
      const literal = events.slice(at, end);
      const text = textOf(literal);
      if (text === null) return event;
      event = end + eventEnd.length;
      at = end + joint.length;
      take(this.rebuild(text), literal.length);
      if (!isFollowed) return event;
    }
  }
}

/** @returns null for a chunk that holds anything besides one text that chunks like it may differ in */
export function learnShape(data: string, chunk: unknown): ChunkShape | null {
  const found = findText(chunk);
  if (!found) return null;
  const { key, text, rebuild } = found;
  const at = data.indexOf(key);
  // Within a string the quotes of the key would be escaped: each place that is found is a key.
  if (at < 0 || data.includes(key, at + 1)) return null;
  let start = at + key.length;
  while (data[start] === ' ') start++;
  const end = endOfString(data, start);
  if (!readsAs(data.slice(start, end), text)) return null;
  const before = data.slice(0, start + 1);
  const after = data.slice(end - 1);
  // A key may stand there once more in another spelling, with a space or an escape; the last one is read.
  if (findText(parsePythonJson(before + PROBE + after))?.text !== PROBE) return null;
  return new ChunkShape(before, after, rebuild);
}

function findText(value: unknown): { key: string; text: string; rebuild: Rebuild } | null {
  const chunk = value as ChatCompletion | null;
  const choice = chunk?.choices?.length === 1 ? chunk.choices[0] : undefined;
  const delta = choice?.delta;
  if (!chunk || !choice || !delta || chunk.usage || choice.finish_reason || choice.logprobs) return null;
  const call = delta.tool_calls?.length === 1 ? delta.tool_calls[0] : undefined;
  if (delta.tool_calls && !call) return null;
  const { content, reasoning_content, reasoning } = delta;
  const withDelta = (changed: ChatDelta): ChatCompletion => withChoice(chunk, choice, changed);
  const texts = [
    { key: '"content":', text: content, rebuild: (text: string) => withDelta({ ...delta, content: text }) },
    {
      key: '"reasoning_content":',
      text: reasoning_content,
      rebuild: (text: string) => withDelta({ ...delta, reasoning_content: text }),
    },
    {
      key: '"reasoning":',
      text: reasoning,
      rebuild: (text: string) => withDelta({ ...delta, reasoning: text }),
    },
    {
      key: '"arguments":',
      text: call?.function?.arguments,
      rebuild: (text: string) =>
        withDelta({ ...delta, tool_calls: [{ ...call, function: { ...call?.function, arguments: text } }] }),
    },
  ].filter(({ text }) => text);
  const [only] = texts;
  return only && texts.length === 1 && typeof only.text === 'string' ? { ...only, text: only.text } : null;
}

function withChoice(chunk: ChatCompletion, choice: ChatChoice, delta: ChatDelta): ChatCompletion {
  return { ...chunk, choices: [{ ...choice, delta }] };
}

/** What a JSON string says, given between its quotes; null: it is none. */
function textOf(literal: string): string | null {
  return PLAIN.test(literal) ? literal : unescape(literal);
}

function readsAs(literal: string, text: string): boolean {
  return literal.startsWith('"') && unescape(literal.slice(1, -1)) === text;
}

function unescape(literal: string): string | null {
  try {
    return JSON.parse(`"${literal}"`) as string;
  } catch {
    return null;
  }
}
