import type { ChatChoice, ChatCompletion, ChatDelta } from '../contracts/chat-completions.js';
import { endOfString, parsePythonJson } from './parse-python-json.js';

/** A JSON string without escapes, between its quotes. */
const PLAIN = /^[^"\\\p{Cc}]*$/u;
const PROBE = 'probe';

type Rebuild = (text: string) => ChatCompletion;

/** A chunk of which all but one text is known. */
export class ChunkShape {
  /**
   * @param before the chunk's JSON up to the text, its opening quote included
   * @param after the rest, from the closing quote on
   * @param rebuild makes the same chunk with another text
   */
  constructor(
    private readonly before: string,
    private readonly after: string,
    private readonly rebuild: Rebuild,
  ) {}

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
    const literal = data.slice(before.length, end);
    const text = PLAIN.test(literal) ? literal : unescape(literal);
    return text === null ? null : this.rebuild(text);
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
