import { randomBytes } from 'node:crypto';
import type { ChatRequest } from '../chat-request.js';
import { OutputParser } from '../output/output-parser.js';
import { countTokens, tokenize } from '../output/tokenize.js';
import { startsInReasoning } from '../script/write-text.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { ApiError } from './api-error.js';
import type { SimulatorState } from './simulator-state.js';

/** All that is known of an answer before its first token is sent. */
export interface ChatPlan {
  id: string;
  created: number;
  request: ChatRequest;
  promptTokens: number;
  tokens: string[];
  /** Why the tokens end; calls make it tool_calls. */
  finish: 'stop' | 'length';
  parser: OutputParser;
}

/**
 * Decides what is answered to a request.
 *
 * @throws ApiError with status 400 when the prompt does not fit into the context
 */
export function planChat(request: ChatRequest, { options, write }: SimulatorState): ChatPlan {
  const promptTokens = countTokens(request.promptText);
  const room = options.sessionLen - promptTokens;
  if (room <= 0) {
    const message = `Input length (${promptTokens}) must be smaller than the model context length (${options.sessionLen}).`;
    throw new ApiError(400, message);
  }
  const written = tokenize(write(request, options));
  const stopAt = findStop(written, request.stop);
  const wanted = stopAt < 0 ? written : written.slice(0, stopAt);
  const tokens = wanted.slice(0, Math.min(request.maxTokens ?? room, room));
  return {
    id: newId('chatcmpl-'),
    created: Math.floor(Date.now() / 1000),
    request,
    promptTokens,
    tokens,
    finish: tokens.length < wanted.length ? 'length' : 'stop',
    parser: new OutputParser(parserSetup(request, options)),
  };
}

/** LMDeploy only stops at words that are one token, and drops the others in silence. */
function findStop(tokens: string[], stop: string[]): number {
  const words = stop.filter((word) => word !== '' && tokenize(word).length === 1);
  return tokens.findIndex((token) => words.includes(token.replace(/^ /, '')) || words.includes(token));
}

function parserSetup(request: ChatRequest, options: SimulatorOptions) {
  return {
    reasoning: options.reasoningParser !== 'none',
    startsInReasoning: startsInReasoning(request, options),
    calls: options.toolCallParser !== 'none' && request.toolChoice.mode !== 'none',
    newCallId: () => newId(request.stream ? 'chatcmpl-tool-' : 'chatcmpl-'),
  };
}

const newId = (prefix: string) => `${prefix}${randomBytes(11).toString('hex')}`;

/** The finish reason of an answer. @param called whether it has called a tool */
export function finishOf({ finish }: ChatPlan, called: boolean): string {
  return finish === 'stop' && called ? 'tool_calls' : finish;
}

/** The counts of an answer; a stream leaves out what is not counted, a whole answer says null. */
export function usageOf(plan: ChatPlan): object {
  const { promptTokens, tokens, request, parser } = plan;
  const countsReasoning = parser.setup.reasoning;
  const unset = { accepted_prediction_tokens: null, rejected_prediction_tokens: null, audio_tokens: null };
  const reasoning = { reasoning_tokens: parser.reasoningTokens, ...(!request.stream && unset) };
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + tokens.length,
    completion_tokens: tokens.length,
    prompt_tokens_details: { cached_tokens: 0 },
    ...(countsReasoning && { completion_tokens_details: reasoning }),
    ...(!countsReasoning && !request.stream && { completion_tokens_details: null }),
  };
}

/** Made-up log probabilities, or undefined where none were asked for: every token is likely. */
export function logprobsOf(tokens: string[], { logprobs }: ChatRequest): object | undefined {
  if (logprobs === undefined) return undefined;
  const bytes = (token: string) => [...Buffer.from(token)];
  const others = ['alt', ...Array.from({ length: logprobs }, (_, index) => `alt${index + 2}`)];
  return {
    content: tokens.map((token) => ({
      token,
      bytes: bytes(token),
      logprob: -0.1,
      // The token itself is the first of the candidates.
      top_logprobs: others
        .slice(0, Math.max(0, logprobs - 1))
        .map((other, index) => ({ token: other, bytes: bytes(other), logprob: -2.5 - index })),
    })),
  };
}
