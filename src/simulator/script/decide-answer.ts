import { type Random, seededRandom } from '../engine/seeded-random.js';
import type { ChatMessage, ChatRequest } from '../server/chat-request.js';
import type { ScriptedAnswer } from './answer.js';
import { decideCalls } from './decide-calls.js';
import { formattedText } from './formatted-text.js';
import { instructedText } from './instructed-text.js';

/** What the simulator says of itself when nothing else is asked of it. */
export const NOTICE =
  'This is the built-in LMDeploy simulator, not a language model: it only follows a few fixed instructions, such as ' +
  '"Reply exactly: pong", "Count to 5" or "Call the search tool with query lmdeploy." ' +
  'For real answers set UPSTREAM_BASE_URL to the address of your LMDeploy server.';

/** The answer to a turn; the first rule that applies decides. */
export function decideAnswer(request: ChatRequest, seed: number, mayThink: boolean): ScriptedAnswer {
  const asked = request.messages.findLastIndex(({ role }) => role === 'user');
  const question = request.messages[asked]?.text ?? '';
  const answer = decide(request, asked, question, seededRandom(request.seed ?? seed));
  if (!mayThink || !wantsThinking(question, request.reasoningEffort)) return answer;
  return { ...answer, reasoning: reasoningFor(answer) };
}

function decide(request: ChatRequest, asked: number, question: string, random: Random): ScriptedAnswer {
  const results = request.messages.slice(asked + 1).filter(({ role }) => role === 'tool');
  if (results.length > 0) return { text: quoteResults(results, request.messages), calls: [] };
  const calls = decideCalls(request, question, random);
  if (calls.length > 0) return { text: '', calls };
  const text = formattedText(request.responseFormat, random, NOTICE) ?? instructedText(question) ?? NOTICE;
  return { text, calls: [] };
}

function quoteResults(results: ChatMessage[], messages: ChatMessage[]): string {
  const names = new Map(messages.flatMap(({ toolCalls }) => toolCalls).map(({ id, name }) => [id, name]));
  return results
    .map(({ text, toolCallId }) => {
      const name = names.get(toolCallId ?? '');
      return `${name ? `The ${name} tool` : 'The tool'} returned: ${text}`;
    })
    .join('\n');
}

function wantsThinking(question: string, effort: string | undefined): boolean {
  const instruction = question.replace(/\b(?:exactly|echo)\s*:[\s\S]*/i, '');
  return effort !== undefined || /\bthink\b/i.test(instruction);
}

function reasoningFor({ calls, text }: ScriptedAnswer): string {
  if (calls.length > 0)
    return `The request asks for ${calls.map(({ name }) => name).join(' and ')}, so I call it.`;
  return text === NOTICE
    ? 'No instruction that I know, so I say what I am.'
    : 'The instruction is clear, so I follow it.';
}
