import { asJson, type ChatMessage, type ChatRequest, type Json } from '../chat-request.js';
import { decideCalls, type ScriptedCall } from './decide-calls.js';
import { schemaInstance } from './schema-instance.js';
import { type Random, seededRandom } from './seeded-random.js';

/** What the simulator says of itself when nothing else is asked of it. */
export const NOTICE =
  'This is the built-in LMDeploy simulator, not a language model: it only follows a few fixed instructions, such as ' +
  '"Reply exactly: pong", "Count to 5" or "Call the search tool with query lmdeploy." ' +
  'For real answers set UPSTREAM_BASE_URL to the address of your LMDeploy server.';

const COUNT_LIMIT = 10_000;

/** What the simulated model means to say, before it is put into a model's own text: calls or a text. */
export interface ScriptedAnswer {
  reasoning?: string;
  text: string;
  calls: ScriptedCall[];
}

/** The answer to a turn; the first rule that applies decides. */
export function decideAnswer(request: ChatRequest, seed: number): ScriptedAnswer {
  const asked = request.messages.findLastIndex(({ role }) => role === 'user');
  const question = request.messages[asked]?.text ?? '';
  const answer = decide(request, asked, question, seededRandom(request.seed ?? seed));
  const mayThink = request.thinking !== false;
  if (!mayThink || !wantsThinking(question, request.reasoningEffort)) return answer;
  return { ...answer, reasoning: reasoningFor(answer) };
}

function decide(request: ChatRequest, asked: number, question: string, random: Random): ScriptedAnswer {
  const results = request.messages.slice(asked + 1).filter(({ role }) => role === 'tool');
  if (results.length > 0) return { text: quoteResults(results, request.messages), calls: [] };
  const calls = decideCalls(request, question, random);
  if (calls.length > 0) return { text: '', calls };
  const text = formattedText(request.responseFormat, random) ?? instructedText(question) ?? NOTICE;
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

/** The text that a response format forces, or undefined when any text will do. */
function formattedText({ type, json_schema: wrapper }: Json, random: Random): string | undefined {
  if (type === 'json_object') return JSON.stringify({ message: NOTICE });
  return type === 'json_schema' ? JSON.stringify(schemaInstance(asJson(wrapper).schema, random)) : undefined;
}

/** The text that a plain instruction asks for: "Reply exactly: X", "Echo: X", "Count to N". */
export function instructedText(question: string): string | undefined {
  const exact = /\b(?:reply|answer|respond|say)\s+(?:with\s+)?exactly\b\s*:?\s*([\s\S]+)/i.exec(question);
  if (exact?.[1]) return exact[1].trim();
  const echo = /\becho:\s*([\s\S]+)/i.exec(question);
  if (echo?.[1]) return echo[1].trim();
  const count = /\bcount\s+(?:from\s+1\s+)?(?:up\s+)?to\s+(\d+)/i.exec(question);
  if (!count) return undefined;
  const end = Math.min(Number(count[1]), COUNT_LIMIT);
  return Array.from({ length: end }, (_, index) => index + 1).join(' ');
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
