import type { Generation } from '../engine/generation.js';
import type { Delta, OutputParser } from '../output/output-parser.js';
import { streamedError } from './api-error.js';
import type { Exchange } from './exchange.js';
import { streamFault } from './stream-fault.js';
import { frameWriter } from './frame-writer.js';
import type { Fault } from './choose-fault.js';
import { pause } from './pause.js';
import type { ChatPlan } from './plan-chat.js';
import { pythonDumps } from './python-json.js';
import { tokenLogprobs } from './token-logprobs.js';
import { streamedUsage, usageObject } from './usage.js';

/** What LMDeploy says when its engine fails. */
export const ENGINE_FAILURE = 'An internal server error occurred.';

interface Choice {
  index: number;
  generation: Generation;
  parser: OutputParser;
  at: number;
  calls: boolean;
  done: boolean;
}

/** Streams an answer, one chunk a token, the choices in turn. */
export async function streamChat(
  plan: ChatPlan,
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<void> {
  const { request } = plan;
  const { options, stats } = exchange.state;
  const write = frameWriter(exchange, fault?.name);
  const choices = plan.generations.map((generation, index): Choice => ({
    index,
    generation,
    parser: plan.newParser('chatcmpl-tool-'),
    at: 0,
    calls: false,
    done: false,
  }));
  const longest = Math.max(...plan.generations.map(({ tokens }) => tokens.length));
  // In an answer shorter than that, the fault comes before the finish reason.
  const faultAt = fault && Math.min(fault.after, longest);
  exchange.openStream();
  let wait = options.timeToFirstToken;
  for (let step = 0; choices.some(({ done }) => !done); step += 1) {
    if (faultAt === step && fault && (await streamFault(fault, exchange, write))) return;
    await pause(wait, exchange.signal);
    wait = options.interTokenLatency;
    for (const choice of choices.filter(({ done }) => !done)) {
      const { tokens, failsAt } = choice.generation;
      if (choice.at === failsAt) {
        await write(streamedError(ENGINE_FAILURE));
        await write('data: [DONE]\n\n');
        exchange.res.end();
        return;
      }
      if (choice.at < tokens.length) stats.tokens += 1;
      await write(`data: ${pythonDumps(nextChunk(plan, choice))}\n\n`);
    }
  }
  if (request.includeUsage) await write(usageFrame(plan, choices));
  if (fault?.name !== 'no-done') await write('data: [DONE]\n\n');
  exchange.res.end();
}

/** The chunk of the next token, or after the last one the chunk with the finish reason. */
function nextChunk(plan: ChatPlan, choice: Choice): object {
  const { request } = plan;
  const token = choice.generation.tokens[choice.at];
  choice.at += 1;
  if (token === undefined) {
    choice.done = true;
    const { finish } = choice.generation;
    const reason = finish === 'stop' && choice.calls ? 'tool_calls' : finish;
    return chunk(plan, { index: choice.index, delta: delta({ content: '' }), finish_reason: reason });
  }
  const parsed = choice.parser.push(token) ?? { content: '' };
  if ('tool_calls' in parsed) choice.calls = true;
  return chunk(plan, {
    index: choice.index,
    delta: delta(request.parallelToolCalls ? parsed : firstCallOnly(parsed)),
    ...(request.logprobs !== undefined && { logprobs: tokenLogprobs([token], request.logprobs) }),
  });
}

const delta = (parsed: Delta) => ({ role: 'assistant', ...parsed });

function firstCallOnly(parsed: Delta): Delta {
  if (!('tool_calls' in parsed)) return parsed;
  return { tool_calls: parsed.tool_calls.filter(({ index }) => index === 0) };
}

function chunk({ id, created, request }: ChatPlan, choice: object): object {
  return {
    id,
    object: 'chat.completion.chunk',
    created,
    model: request.model,
    choices: [choice],
    ...(request.includeUsage && { usage: null }),
  };
}

/** Compact, as pydantic writes it; for several choices it goes through Python's json like the rest. */
function usageFrame(plan: ChatPlan, choices: Choice[]): string {
  const completion = choices.reduce((sum, { generation }) => sum + generation.tokens.length, 0);
  const counts = { prompt: plan.promptTokens, cached: plan.cachedTokens, completion };
  const [only, second] = choices;
  const single = only !== undefined && second === undefined;
  const reasoning = single && plan.countsReasoning ? only.parser.reasoningTokens : undefined;
  const usage = single ? streamedUsage({ ...counts, reasoning }) : usageObject({ ...counts, reasoning });
  const { id, created, request } = plan;
  const body = { id, object: 'chat.completion.chunk', created, model: request.model, choices: [], usage };
  return `data: ${single ? JSON.stringify(body) : pythonDumps(body)}\n\n`;
}
