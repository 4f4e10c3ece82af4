import type { Generation } from '../engine/generation.js';
import { completeMessage } from '../output/complete-message.js';
import { ApiError } from './api-error.js';
import type { Fault } from './choose-fault.js';
import { bodyFault } from './early-fault.js';
import type { Exchange } from './exchange.js';
import { pause } from './pause.js';
import type { ChatPlan } from './plan-chat.js';
import { ENGINE_FAILURE } from './stream-chat.js';
import { tokenLogprobs } from './token-logprobs.js';
import { usageObject } from './usage.js';

/** Sends an answer in one piece. */
export async function completeChat(
  plan: ChatPlan,
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<void> {
  const { options, stats } = exchange.state;
  const { generations } = plan;
  const longest = Math.max(...generations.map(({ tokens }) => tokens.length));
  const wait = options.timeToFirstToken + options.interTokenLatency * Math.max(0, longest - 1);
  await pause(wait, exchange.signal);
  if (generations.some(({ failsAt }) => failsAt !== undefined)) throw ApiError.flat(500, ENGINE_FAILURE);
  let reasoning = 0;
  const choices = generations.map((generation, index) => {
    const parser = plan.newParser('chatcmpl-');
    const message = completeMessage(generation.tokens, parser);
    reasoning += parser.reasoningTokens;
    return choiceObject(plan, generation, message, index);
  });
  const completion = generations.reduce((sum, { tokens }) => sum + tokens.length, 0);
  stats.tokens += completion;
  const counts = { prompt: plan.promptTokens, cached: plan.cachedTokens, completion };
  const body = {
    id: plan.id,
    object: 'chat.completion',
    created: plan.created,
    model: plan.request.model,
    choices,
    // Over several choices LMDeploy does not add up the reasoning.
    usage: usageObject({
      ...counts,
      reasoning: plan.countsReasoning && choices.length === 1 ? reasoning : undefined,
    }),
    service_tier: null,
  };
  if (fault && (await bodyFault(fault, exchange, JSON.stringify(body)))) return;
  exchange.json(200, body);
}

function choiceObject(
  { request }: ChatPlan,
  { tokens, finish }: Generation,
  { content, reasoning, calls }: ReturnType<typeof completeMessage>,
  index: number,
): object {
  const called = calls.length > 0;
  const kept = request.parallelToolCalls ? calls : calls.slice(0, 1);
  return {
    index,
    message: {
      role: 'assistant',
      content,
      reasoning_content: reasoning,
      tool_calls: called ? kept : null,
    },
    logprobs: request.logprobs === undefined ? null : tokenLogprobs(tokens, request.logprobs),
    output_token_logprobs: null,
    finish_reason: finish === 'stop' && called ? 'tool_calls' : finish,
    output_ids: null,
    routed_experts: null,
  };
}
