/** A tool that takes a text and a number. */
export const SEARCH = {
  type: 'function',
  function: {
    name: 'search',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string' }, limit: { type: 'integer' } },
      required: ['query'],
    },
  },
};

/** A tool without required arguments. */
export const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

/** The parts of an answer these tests look at. */
export interface ChatAnswer {
  message?: string;
  choices: {
    index: number;
    finish_reason: string;
    logprobs: { content: { token: string; top_logprobs: unknown[] }[] } | null;
    message: {
      content: string | null;
      reasoning_content: string | null;
      tool_calls: { id: string; function: { name: string; arguments: string } }[] | null;
    };
  }[];
  usage: {
    prompt_tokens: number;
    total_tokens: number;
    completion_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
    completion_tokens_details: { reasoning_tokens: number } | null;
  };
}

/** A request body; a text stands for one user message. */
export function chatBody(messages: unknown, fields: object = {}): object {
  const list = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages;
  return { model: 'lmdeploy-simulator', messages: list, ...fields };
}

/** Posts a chat completion and leaves the answer unread. */
export function post(url: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** A whole answer. */
export async function ask(url: string, messages: unknown, fields: object = {}): Promise<ChatAnswer> {
  return (await (await post(url, chatBody(messages, fields))).json()) as ChatAnswer;
}

/** The calls of an answer as name and parsed arguments. */
export function callsOf(answer: ChatAnswer): [string, unknown][] {
  const calls = answer.choices[0]?.message.tool_calls ?? [];
  return calls.map(({ function: fn }) => [fn.name, JSON.parse(fn.arguments)]);
}

/** The data of a stream's events, in order. */
export async function streamData(url: string, messages: unknown, fields: object = {}): Promise<string[]> {
  const response = await post(url, chatBody(messages, { stream: true, ...fields }));
  return (await response.text())
    .split('\n\n')
    .flatMap((frame) => (frame ? [frame.replace(/^data: /, '')] : []));
}

interface CallDelta {
  id?: string;
  index: number;
  function: { name?: string; arguments?: string };
}

/** Puts streamed calls together as a client must: no arguments are empty arguments. */
export function foldCalls(data: string[]): [string, unknown][] {
  const calls: { name: string; args: string }[] = [];
  for (const text of data.slice(0, -1)) {
    const { choices } = JSON.parse(text) as { choices: { delta: { tool_calls?: CallDelta[] } }[] };
    for (const { index, function: fn } of choices[0]?.delta.tool_calls ?? []) {
      calls[index] ??= { name: fn.name ?? '', args: '' };
      calls[index].args += fn.arguments ?? '';
    }
  }
  return calls.map(({ name, args }) => [name, JSON.parse(args || '{}') as unknown]);
}
