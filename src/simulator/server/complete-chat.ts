import { completeMessage } from '../output/complete-message.js';
import type { Exchange } from './exchange.js';
import { type Fault, failWhole } from './faults.js';
import { finishOf, type ChatPlan, logprobsOf, usageOf } from './plan-chat.js';

/** Sends an answer in one piece. */
export async function completeChat(
  plan: ChatPlan,
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<void> {
  const { options, stats } = exchange.state;
  const { request, tokens } = plan;
  await exchange.pause(options.timeToFirstToken + options.interTokenLatency * Math.max(0, tokens.length - 1));
  const { content, reasoning, calls } = completeMessage(tokens, plan.parser);
  stats.tokens += tokens.length;
  const called = calls.length > 0;
  const choice = {
    index: 0,
    message: {
      role: 'assistant',
      content,
      reasoning_content: reasoning,
      tool_calls: called ? calls.slice(0, request.parallelToolCalls ? undefined : 1) : null,
    },
    logprobs: logprobsOf(tokens, request) ?? null,
    output_token_logprobs: null,
    finish_reason: finishOf(plan, called),
    output_ids: null,
    routed_experts: null,
  };
  const body = {
    id: plan.id,
    object: 'chat.completion',
    created: plan.created,
    model: request.model,
    choices: [choice],
    usage: usageOf(plan),
    service_tier: null,
  };
  if (fault && failWhole(fault, exchange, body)) return;
  exchange.json(200, body);
}
