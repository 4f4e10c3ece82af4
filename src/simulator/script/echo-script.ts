import type { RawAnswer } from '../engine/generation.js';
import { tokenize } from '../engine/tokenize.js';
import type { ChatRequest } from '../server/chat-request.js';

/** Counts the scripted engine of the recordings reports, whatever the prompt is. */
export const ECHO_PROMPT = { tokens: 12, cached: 8 };
const ECHO_LONG_PROMPT = 40_970;

/**
 * The last user message is the raw engine output, as in the recordings: "FIN=length …" sets the end,
 * "CTX" is a prompt that is too long, the word BOOM is where the engine fails.
 */
export function echoAnswer(request: ChatRequest): { answer: RawAnswer; promptTokens: number } {
  const script = request.messages.findLast(({ role }) => role === 'user')?.text ?? '';
  const finish = /^FIN=(stop|length) /.exec(script);
  const text = script.slice(finish?.[0].length ?? 0);
  const failsAt = tokenize(text).findIndex((token) => token.trim() === 'BOOM');
  return {
    answer: {
      text,
      ...(finish && { finish: finish[1] as 'stop' | 'length' }),
      ...(failsAt >= 0 && { failsAt }),
    },
    promptTokens: script === 'CTX' ? ECHO_LONG_PROMPT : ECHO_PROMPT.tokens,
  };
}
