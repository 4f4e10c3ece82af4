/** Builds answers in the shape, and down to the spacing, in which LMDeploy puts them on the wire. */
import type { ChatDelta, ChatLogprob, ChatUsage } from '../../src/contracts/chat-completions.js';

/** One piece of a streamed answer: a delta, the end, the usage, or text that goes out as it is. */
export interface ChatPiece {
  delta?: ChatDelta;
  logprobs?: ChatLogprob[];
  finish?: string;
  usage?: ChatUsage;
  raw?: string;
}

export interface ChatStreamOptions {
  /** Appended unless a piece brings one; `null` leaves it out. Default `stop`. */
  finish?: string | null;
  /** Appended unless a piece brings one; `null` leaves it out. Default 12 in, 5 out. */
  usage?: ChatUsage | null;
  model?: string;
  id?: string;
  created?: number;
  /** Whether `data: [DONE]` ends it. Default true. */
  done?: boolean;
}

export interface CompletionOptions {
  content?: string | null;
  reasoning?: string | null;
  toolCalls?: { id: string; name: string; arguments: string }[];
  refusal?: string;
  logprobs?: ChatLogprob[];
  finish?: string;
  usage?: ChatUsage | null;
  model?: string;
  id?: string;
  created?: number;
}

const DEFAULTS = { model: 'test-model', id: 'chatcmpl-test', created: 1_795_337_547 };

/** A piece of the answer's text. */
export function textDelta(text: string, logprobs?: ChatLogprob[]): ChatPiece {
  return { delta: { content: text }, logprobs };
}

/** A piece of reasoning, as a reasoning parser of LMDeploy gives it. */
export function reasoningDelta(text: string): ChatPiece {
  return { delta: { reasoning_content: text } };
}

/** First delta of a call: its id and name, no arguments. */
export function toolCallStart(index: number, id: string, name: string): ChatPiece {
  return { delta: { tool_calls: [{ id, type: 'function', index, function: { name } }] } };
}

/** Further arguments of the call that was started under this index. */
export function toolArguments(index: number, text: string): ChatPiece {
  return { delta: { tool_calls: [{ index, function: { arguments: text } }] } };
}

/** The chunk with the finish reason. */
export function finish(reason: string): ChatPiece {
  return { finish: reason };
}

/** The usage chunk. LMDeploy leaves `completion_tokens_details` out where there was no reasoning. */
export function usage(
  prompt: number,
  completion: number,
  details: { cached?: number; reasoning?: number } = {},
) {
  return { usage: usageOf(prompt, completion, details) } satisfies ChatPiece;
}

/** Token counts in the form of chat completions. */
export function usageOf(
  prompt: number,
  completion: number,
  { cached = 0, reasoning }: { cached?: number; reasoning?: number } = {},
): ChatUsage {
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}

/** Text that goes out as it is, e.g. a comment or a broken line. */
export function rawText(text: string): ChatPiece {
  return { raw: text };
}

/** LMDeploy's error line inside of a stream. */
export function streamError(message = 'An internal server error occurred.', code = 500): ChatPiece {
  const error = { message, type: 'server_error', code, param: null, object: 'error' };
  return { raw: `data: ${pythonJson({ error })}\n\n` };
}

/**
 * A whole streamed answer. A plain string stands for a text delta.
 *
 * @example chatStream(['po', 'ng'], { finish: 'stop', usage: usageOf(12, 2) })
 */
export function chatStream(pieces: (ChatPiece | string)[], options: ChatStreamOptions = {}): string {
  return chatFrames(pieces, options).join('');
}

/** The same as separate frames, for tests that write them one by one. */
export function chatFrames(pieces: (ChatPiece | string)[], options: ChatStreamOptions = {}): string[] {
  const all: ChatPiece[] = pieces.map((piece) => (typeof piece === 'string' ? textDelta(piece) : piece));
  const { finish: end = 'stop', usage: counts = usageOf(12, 5), done = true } = options;
  if (end !== null && !all.some((piece) => piece.finish !== undefined)) all.push({ finish: end });
  if (counts !== null && !all.some((piece) => piece.usage)) all.push({ usage: counts });
  const frames = all.map((piece) => piece.raw ?? chunk(piece, options));
  return done ? [...frames, 'data: [DONE]\n\n'] : frames;
}

/** A whole answer that is not streamed, as JSON text. */
export function completion(options: CompletionOptions = {}): string {
  const { model, id, created } = { ...DEFAULTS, ...options };
  const calls = options.toolCalls?.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: 'assistant',
    content: options.content ?? null,
    reasoning_content: options.reasoning ?? null,
    tool_calls: calls ?? null,
    ...(options.refusal === undefined ? {} : { refusal: options.refusal }),
  };
  const choice = {
    index: 0,
    message,
    logprobs: options.logprobs ? { content: options.logprobs } : null,
    output_token_logprobs: null,
    finish_reason: options.finish ?? (calls ? 'tool_calls' : 'stop'),
    output_ids: null,
    routed_experts: null,
  };
  const counts = options.usage === undefined ? usageOf(12, 5) : options.usage;
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [choice],
    usage: counts,
    service_tier: null,
  });
}

/** LMDeploy's flat error body. */
export function errorBody(status: number, type: string, message: string): string {
  return JSON.stringify({ message, type, code: status, param: null, object: 'error' });
}

function chunk(piece: ChatPiece, options: ChatStreamOptions): string {
  const { model, id, created } = { ...DEFAULTS, ...options };
  const head = { id, object: 'chat.completion.chunk', created, model };
  // LMDeploy writes its usage chunk with another serializer, hence without spaces.
  if (piece.usage) return `data: ${JSON.stringify({ ...head, choices: [], usage: piece.usage })}\n\n`;
  const delta = { role: 'assistant', ...(piece.delta ?? { content: '' }) };
  const choice = {
    index: 0,
    delta,
    ...(piece.logprobs ? { logprobs: { content: piece.logprobs } } : {}),
    ...(piece.finish === undefined ? {} : { finish_reason: piece.finish }),
  };
  return `data: ${pythonJson({ ...head, choices: [choice], usage: null })}\n\n`;
}

/** JSON as Python's json.dumps spaces it. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`).join(', ')}}`;
}
