import type { ChatRequest } from '../chat-request.js';
import { pythonDumps } from '../output/python-json.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { decideAnswer } from './decide-answer.js';
import type { ScriptedCall } from './decide-calls.js';

/** The raw text that a simulated model answers a request with; the server cuts, parses and sends it. */
export type WriteText = (request: ChatRequest, options: SimulatorOptions) => string;

/** Whether the chat template has opened a block of reasoning, in which the answer then begins. */
export function startsInReasoning({ thinking }: ChatRequest, { reasoningParser }: SimulatorOptions): boolean {
  return reasoningParser === 'default' && thinking !== false;
}

/** What the built-in model writes, in the form of Qwen3. */
export const writeText: WriteText = (request, options) => {
  const { reasoning, text, calls } = decideAnswer(request, options.seed);
  const body = calls.length > 0 ? calls.map(writeCall).join('\n') : text;
  if (startsInReasoning(request, options)) {
    // A model that does not think closes the block at once.
    return reasoning ? `${reasoning}</think>\n\n${body}` : `</think>${body}`;
  }
  return reasoning ? `<think>\n${reasoning}\n</think>\n\n${body}` : body;
};

function writeCall({ name, args }: ScriptedCall): string {
  return `<tool_call>\n${pythonDumps({ name, arguments: args }, false)}\n</tool_call>`;
}
