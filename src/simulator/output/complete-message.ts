import type { CallDelta, OutputParser } from './output-parser.js';

/** A call as a whole answer lists it. */
export interface CompleteCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** The message of an answer that is not streamed; `index` of a call is its place. */
export interface CompleteMessage {
  content: string | null;
  reasoning: string | null;
  calls: CompleteCall[];
}

/** Reads a whole answer. A block that holds no call, or never ends, stays text, and so does all that follows it. */
export function completeMessage(tokens: string[], parser: OutputParser): CompleteMessage {
  const text = { content: '', reasoning: '' };
  const calls: CompleteCall[] = [];
  let block = { start: 0, calls: 0 };
  let wasInBlock = false;
  let failed = false;
  for (const [at, token] of tokens.entries()) {
    const delta = parser.push(token);
    if (parser.inBlock && !wasInBlock) block = { start: at, calls: calls.length };
    wasInBlock = parser.inBlock;
    if (delta && 'content' in delta) text.content += delta.content;
    if (delta && 'reasoning_content' in delta) text.reasoning += delta.reasoning_content;
    if (delta && 'tool_calls' in delta) for (const call of delta.tool_calls) merge(calls, call);
    failed = parser.lostBlock;
    if (failed) break;
  }
  if (failed || parser.inBlock) {
    text.content += tokens.slice(block.start).join('');
    calls.length = block.calls;
  }
  for (const { function: fn } of calls) fn.arguments ||= '{}';
  return { content: text.content || null, reasoning: text.reasoning || null, calls };
}

function merge(calls: CompleteCall[], { id = '', index, function: fn }: CallDelta): void {
  calls[index] ??= { id, type: 'function', function: { name: fn.name ?? '', arguments: '' } };
  calls[index].function.arguments += fn.arguments ?? '';
}
