import type { Delta } from '../output/output-parser.js';
import { pythonDumps } from '../output/python-json.js';
import type { Exchange } from './exchange.js';
import { type Fault, failInStream } from './faults.js';
import { finishOf, type ChatPlan, logprobsOf, usageOf } from './plan-chat.js';

/** Streams an answer, one chunk a token. */
export async function streamChat(
  plan: ChatPlan,
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<void> {
  const { request, tokens } = plan;
  const { options, stats } = exchange.state;
  // In an answer shorter than that, the fault comes before the finish reason.
  const faultAt = fault && Math.min(fault.after, tokens.length);
  let called = false;
  exchange.openStream();
  for (let at = 0; at <= tokens.length; at += 1) {
    if (fault && at === faultAt && (await failInStream(fault, exchange))) return;
    await exchange.pause(at === 0 ? options.timeToFirstToken : options.interTokenLatency);
    const token = tokens[at];
    if (token === undefined) break;
    stats.tokens += 1;
    const delta = plan.parser.push(token) ?? { content: '' };
    called ||= 'tool_calls' in delta;
    const logprobs = logprobsOf([token], request);
    await exchange.write(
      chunk(plan, { ...choice(request.parallelToolCalls ? delta : firstCallOnly(delta)), logprobs }),
    );
  }
  await exchange.write(chunk(plan, { ...choice({ content: '' }), finish_reason: finishOf(plan, called) }));
  if (request.includeUsage) await exchange.write(usageFrame(plan));
  await exchange.write('data: [DONE]\n\n');
  exchange.res.end();
}

const choice = (delta: Delta) => ({ index: 0, delta: { role: 'assistant', ...delta } });

function firstCallOnly(delta: Delta): Delta {
  if (!('tool_calls' in delta)) return delta;
  return { tool_calls: delta.tool_calls.filter(({ index }) => index === 0) };
}

function head({ id, created, request }: ChatPlan): object {
  return { id, object: 'chat.completion.chunk', created, model: request.model };
}

function chunk(plan: ChatPlan, oneChoice: object): string {
  const usage = plan.request.includeUsage && { usage: null };
  return `data: ${pythonDumps({ ...head(plan), choices: [oneChoice], ...usage })}\n\n`;
}

/** Compact, unlike the chunks before it. */
function usageFrame(plan: ChatPlan): string {
  return `data: ${JSON.stringify({ ...head(plan), choices: [], usage: usageOf(plan) })}\n\n`;
}
