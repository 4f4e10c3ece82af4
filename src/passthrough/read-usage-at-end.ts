import type { ChatUsage } from '../contracts/chat-completions.js';
import type { ResponseUsage } from '../contracts/responses-api.js';
import { readUsage } from '../translation/segments/read-usage.js';

/** How much of an answer has to be kept for it: usage stands at the end, with little behind it. */
export const USAGE_WITHIN_BYTES = 4_096;

const KEY = '"usage"';
const OBJECT_FOLLOWS = /\s*:\s*(?=\{)/y;
/** Of an end that is not what servers send, no more is tried. */
const MAX_TRIES = 8;

/**
 * The usage that an answer, or the last chunk of its stream, names. Within a text of the model the key would have its quotes escaped.
 *
 * @param end the last bytes of the answer
 */
export function readUsageAtEnd(end: Buffer): ResponseUsage | undefined {
  const text = end.toString('utf8');
  let at = text.lastIndexOf(KEY);
  for (let tries = 0; at >= 0 && tries < MAX_TRIES; tries++) {
    const counts = readObject(text, at + KEY.length);
    const usage = counts && readUsage(counts);
    if (usage && usage.total_tokens > 0) return usage;
    at = at === 0 ? -1 : text.lastIndexOf(KEY, at - 1);
  }
  return undefined;
}

/** Counts hold no text: brackets need not be told from those within strings. */
function readObject(text: string, from: number): ChatUsage | null {
  OBJECT_FOLLOWS.lastIndex = from;
  if (!OBJECT_FOLLOWS.test(text)) return null;
  const start = OBJECT_FOLLOWS.lastIndex;
  let level = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') level++;
    else if (text[at] === '}' && --level === 0) return parseObject(text.slice(start, at + 1));
  }
  return null;
}

function parseObject(text: string): ChatUsage | null {
  try {
    return JSON.parse(text) as ChatUsage;
  } catch {
    return null;
  }
}
