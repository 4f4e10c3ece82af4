import { startsInReasoning } from '../engine/thinking.js';
import { LMDEPLOY_TOOL_PARSERS, type ToolFormat } from '../tool-formats.js';
import type { SimulatorOptions } from '../simulator-options.js';
import type { ScriptedAnswer } from './answer.js';
import { RENDER_CALLS } from './render-calls.js';

/** The format of calls: asked for, else that of the parser, else qwen3. */
export function callFormat({ toolFormat, toolCallParser }: SimulatorOptions): ToolFormat {
  return toolFormat ?? LMDEPLOY_TOOL_PARSERS.get(toolCallParser) ?? 'qwen3';
}

/** The raw text in which the simulated model says an answer. */
export function renderAnswer(
  answer: ScriptedAnswer,
  options: SimulatorOptions,
  thinking: boolean | undefined,
): string {
  const format = callFormat(options);
  if (format === 'harmony') return renderHarmony(answer);
  const calls = answer.calls.length > 0 ? RENDER_CALLS[format](answer.calls) : '';
  const body = answer.text !== '' && calls !== '' ? `${answer.text}\n${calls}` : answer.text + calls;
  if (startsInReasoning(options.reasoningParser, thinking)) {
    // The template has opened the block: a model that does not think closes it at once.
    return answer.reasoning ? `${answer.reasoning}</think>\n\n${body}` : `</think>${body}`;
  }
  if (!answer.reasoning) return body;
  switch (options.reasoningFormat) {
    case 'think':
      return `<think>\n${answer.reasoning}\n</think>\n\n${body}`;
    case 'headless':
      return `${answer.reasoning}\n</think>\n\n${body}`;
    case 'mistral':
      return `[THINK]${answer.reasoning}[/THINK]${body}`;
  }
}

function renderHarmony({ reasoning, text, calls }: ScriptedAnswer): string {
  const messages = [
    ...(reasoning ? [`<|channel|>analysis<|message|>${reasoning}<|end|>`] : []),
    ...(text !== ''
      ? [`<|channel|>final<|message|>${text}${calls.length > 0 ? '<|end|>' : '<|return|>'}`]
      : []),
    ...(calls.length > 0 ? [RENDER_CALLS.harmony(calls)] : []),
  ];
  return messages.join('<|start|>assistant');
}
