import type { ChatMessage, ChatRequest } from '../../contracts/chat-completions.js';

const MESSAGE_OVERHEAD = 4;
const ANSWER_START = 3;
const IMAGE = 1_000;
const LOW_DETAIL_IMAGE = 85;

/**
 * Tokens of a chat where no tokenizer can be asked. Rule, by character: a quarter for ASCII letters and spaces (a run of
 * spaces counts as one), a half for digits, punctuation and line ends, a half up to U+2FFF (accents, Greek, Cyrillic, Arabic,
 * Indic), three quarters for the rest of the plane (Chinese, Japanese, Korean), two beyond (emoji). On top: 4 a message, 3 for
 * the start of the answer, the JSON of each tool, and the images.
 */
export function estimateTokens({ messages, tools = [] }: ChatRequest): number {
  let weight = ANSWER_START;
  for (const message of messages) weight += MESSAGE_OVERHEAD + weighText(textsOf(message));
  for (const tool of tools) weight += weighText(JSON.stringify(tool));
  return Math.ceil(weight) + estimateImages(messages);
}

/** Images depend on the model's vision tower and on their size, which is not looked up: 1000 each, 85 at low detail; sounds and films count alike. */
export function estimateImages(messages: readonly ChatMessage[]): number {
  let tokens = 0;
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) {
      if (part.type === 'text') continue;
      const isSmall = part.type === 'image_url' && part.image_url.detail === 'low';
      tokens += isSmall ? LOW_DETAIL_IMAGE : IMAGE;
    }
  }
  return tokens;
}

function textsOf(message: ChatMessage): string {
  const texts =
    typeof message.content === 'string'
      ? [message.content]
      : (message.content ?? []).map((part) => (part.type === 'text' ? part.text : ''));
  if (message.role === 'assistant') {
    texts.push(message.reasoning_content ?? message.reasoning ?? '');
    for (const call of message.tool_calls ?? []) texts.push(call.function.name, call.function.arguments);
  }
  return texts.join('\n');
}

function weighText(text: string): number {
  let weight = 0;
  let before = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== SPACE || before !== SPACE) weight += weigh(code);
    before = code;
  }
  return weight;
}

const SPACE = 0x20;

function weigh(code: number): number {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  if (isLetter || code === SPACE) return 0.25;
  if (code < 0x3000) return 0.5;
  // Half of a surrogate pair: the two make one character of weight two.
  if (code >= 0xd800 && code <= 0xdfff) return 1;
  return 0.75;
}
