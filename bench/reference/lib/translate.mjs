import { randomBytes } from 'node:crypto';

export function createId(prefix) {
  return prefix + randomBytes(24).toString('hex');
}

/** The chat-completions request for a Responses request. */
export function toChatRequest(body) {
  const messages = body.instructions ? [{ role: 'system', content: body.instructions }] : [];
  if (typeof body.input === 'string') messages.push({ role: 'user', content: body.input });
  else for (const item of body.input) messages.push(toMessage(item));
  return {
    model: body.model,
    messages,
    ...(body.stream && { stream: true, stream_options: { include_usage: true } }),
    temperature: body.temperature,
    top_p: body.top_p,
    max_tokens: body.max_output_tokens,
    tools: body.tools?.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
  };
}

function toMessage(item) {
  if (item.type === 'function_call') {
    const call = {
      id: item.call_id,
      type: 'function',
      function: { name: item.name, arguments: item.arguments },
    };
    return { role: 'assistant', content: null, tool_calls: [call] };
  }
  if (item.type === 'function_call_output') {
    return { role: 'tool', tool_call_id: item.call_id, content: item.output };
  }
  const { role, content } = item;
  return { role, content: typeof content === 'string' ? content : content.map(({ text }) => text).join('') };
}

export function buildResponse(body, { id, createdAt, status, output = [], usage = null }) {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: body.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: body.temperature ?? 1,
    text: { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: usage && toUsage(usage),
    user: null,
    metadata: {},
  };
}

function toUsage({ prompt_tokens, completion_tokens, total_tokens }) {
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completion_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens,
  };
}

/** The whole Responses answer for a whole chat completion. */
export function buildWholeAnswer(body, completion) {
  const { content, tool_calls } = completion.choices[0].message;
  const output = [];
  if (content) {
    const part = { type: 'output_text', text: content, annotations: [], logprobs: [] };
    output.push({
      id: createId('msg_'),
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [part],
    });
  }
  for (const { id, function: called } of tool_calls ?? []) {
    output.push({
      id: createId('fc_'),
      type: 'function_call',
      status: 'completed',
      call_id: id,
      name: called.name,
      arguments: called.arguments,
    });
  }
  return buildResponse(body, {
    id: createId('resp_'),
    createdAt: completion.created,
    status: 'completed',
    output,
    usage: completion.usage,
  });
}
