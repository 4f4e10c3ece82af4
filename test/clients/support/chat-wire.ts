/** A chat request as the gateway sends it upstream, as far as the tests look at it. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  tools?: {
    type: string;
    function: { name: string; description?: string; parameters?: any; strict?: boolean };
  }[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  response_format?: { type: string; json_schema?: { name: string; schema: any; strict?: boolean } };
  reasoning_effort?: string;
  temperature?: number;
  top_p?: number;
  max_completion_tokens?: number;
  [field: string]: unknown;
}

export interface ChatMessage {
  role: string;
  content: string | ChatPart[] | null;
  reasoning_content?: string;
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

export type ChatPart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };

/** What the scripted model server answers with. */
export interface Reply {
  reasoning?: string;
  text?: string;
  refusal?: string;
  /** Each piece of the text comes with its probability. */
  logprobs?: boolean;
  /** Arguments are written as JSON unless they are a string already. */
  calls?: { name: string; arguments: unknown }[];
  /** Default: `tool_calls` with calls, else `stop`. */
  finish?: string;
  /** Milliseconds of silence after the first piece. */
  silence?: number;
  /** What comes after the first piece, or the whole where it is not streamed, waits for this. */
  until?: Promise<unknown>;
  usage?: { prompt?: number; completion?: number; cached?: number; reasoning?: number };
  /** Instead of the end of the stream: LMDeploy's error line, a destroyed socket, silence. */
  then?: 'error' | 'cut' | 'hang';
}

/** An HTTP error, in LMDeploy's flat form. */
export interface ErrorReply {
  status: number;
  message?: string;
  type?: string;
  headers?: Record<string, string>;
}

let ids = 0;

/** The frames of a streamed answer, as LMDeploy 0.16 writes them (see test/fixtures/lmdeploy). */
export function streamFrames(reply: Reply, model: string): string[] {
  const head = { id: `chatcmpl-${++ids}`, object: 'chat.completion.chunk', created: 1_795_337_547, model };
  const frame = (delta: object, finish?: string, logprobs?: object) => {
    const choice = {
      index: 0,
      delta: { role: 'assistant', ...delta },
      ...(logprobs && { logprobs }),
      ...(finish && { finish_reason: finish }),
    };
    return data({ ...head, choices: [choice], usage: null });
  };
  const frames = [
    ...pieces(reply.reasoning).map((text) => frame({ reasoning_content: text })),
    ...(reply.reasoning ? [frame({ content: '' })] : []),
    ...pieces(reply.text).map((text) =>
      frame({ content: text }, undefined, reply.logprobs ? logprobsOf([text]) : undefined),
    ),
    ...pieces(reply.refusal).map((text) => frame({ refusal: text })),
    ...(reply.calls ?? []).flatMap((call, index) => [
      frame({ content: index === 0 ? '\n\n' : '\n' }),
      frame({
        tool_calls: [
          { id: `chatcmpl-tool-${++ids}`, type: 'function', index, function: { name: call.name } },
        ],
      }),
      frame({ content: '' }),
      ...argumentPieces(call.arguments).map((text) =>
        frame({ tool_calls: [{ index, function: { arguments: text } }] }),
      ),
    ]),
  ];
  if (reply.then === 'error') {
    const error = {
      message: 'An internal server error occurred.',
      type: 'server_error',
      code: 500,
      param: null,
    };
    return [...frames, data({ error: { ...error, object: 'error' } }), 'data: [DONE]\n\n'];
  }
  if (reply.then) return frames;
  const usage = data({ ...head, choices: [], usage: usageOf(reply) });
  return [...frames, frame({ content: '' }, finishOf(reply)), usage, 'data: [DONE]\n\n'];
}

/** The answer that is not streamed. */
export function completion(reply: Reply, model: string): object {
  const calls = reply.calls?.map((call) => ({
    id: `chatcmpl-tool-${++ids}`,
    type: 'function',
    function: { name: call.name, arguments: argumentPieces(call.arguments).join('') || '{}' },
  }));
  const message = {
    role: 'assistant',
    content: reply.text ?? null,
    refusal: reply.refusal ?? null,
    reasoning_content: reply.reasoning ?? null,
    tool_calls: calls ?? null,
  };
  const logprobs = reply.logprobs ? logprobsOf(pieces(reply.text)) : null;
  return {
    id: `chatcmpl-${++ids}`,
    object: 'chat.completion',
    created: 1_795_337_547,
    model,
    choices: [{ index: 0, message, logprobs, finish_reason: finishOf(reply) }],
    usage: usageOf(reply),
  };
}

export function errorBody({ status, message = `Injected ${status}.`, type }: ErrorReply): object {
  return {
    message,
    type: type ?? (status < 500 ? 'invalid_request_error' : 'server_error'),
    code: status,
    param: null,
    object: 'error',
  };
}

export function modelList(ids: string[]): object {
  const data = ids.map((id) => ({
    id,
    object: 'model',
    created: 1_795_337_549,
    owned_by: 'lmdeploy',
    root: id,
    parent: null,
    permission: [],
  }));
  return { object: 'list', data };
}

function logprobsOf(texts: string[]): object {
  const token = (text: string) => ({ token: text, logprob: -0.1, bytes: [...Buffer.from(text)] });
  return { content: texts.map((text) => ({ ...token(text), top_logprobs: [token(text)] })) };
}

const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;

const finishOf = (reply: Reply) => reply.finish ?? (reply.calls ? 'tool_calls' : 'stop');

function usageOf({ usage = {}, reasoning }: Reply): object {
  const { prompt = 12, completion = 5, cached = 0 } = usage;
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
    ...(reasoning && { completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 2 } }),
  };
}

/** Words, as a tokenizer would cut them. */
const pieces = (text: string | undefined) => text?.match(/\s*\S+|\s+$/g) ?? [];

/** No arguments are no delta at all; the others arrive in two, to be put together. */
function argumentPieces(value: unknown): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === '' || text === '{}') return [];
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
