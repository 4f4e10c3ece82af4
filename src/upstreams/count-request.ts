import type { TokenCounter } from '../contracts/model-profile.js';
import type { ChatMessage, ChatRequest, ChatTool } from '../contracts/chat-completions.js';

/** How a server is asked to count a chat. */
export interface CountRequest {
  /** Path behind the server's root, not behind /v1. */
  path: string;
  headers: Record<string, string>;
  body: object;
  /** Field of the answer that holds the number. */
  field: 'input_tokens' | 'count';
}

const ANTHROPIC_VERSION = '2023-06-01';

/** The request that has a server's own tokenizer count the tokens of a chat. */
export function countRequest(chat: ChatRequest, counter: TokenCounter): CountRequest {
  switch (counter) {
    case 'count_tokens':
      return {
        path: '/v1/messages/count_tokens',
        headers: { 'anthropic-version': ANTHROPIC_VERSION },
        body: asAnthropic(chat),
        field: 'input_tokens',
      };
    case 'tokenize':
      return {
        path: '/tokenize',
        headers: {},
        body: {
          model: chat.model,
          messages: chat.messages,
          ...(chat.tools && { tools: chat.tools }),
          ...(chat.chat_template_kwargs && { chat_template_kwargs: chat.chat_template_kwargs }),
          add_generation_prompt: true,
        },
        field: 'count',
      };
  }
}

/**
 * The chat in Anthropic's form, all of it as text: LMDeploy refuses `tools` there and would count an image's base64. So tools stand in
 * the system text, one a line as most templates show them, calls and results are texts, and images are left out.
 */
function asAnthropic({ model, messages, tools = [] }: ChatRequest): object {
  const [first, ...rest] = messages;
  const leading = first?.role === 'system' || first?.role === 'developer' ? first.content : null;
  const system = [...(leading === null ? [] : [leading]), ...tools.map(describeTool)].join('\n');
  const turns = leading === null ? messages : rest;
  return {
    model,
    ...(system !== '' && { system }),
    messages: turns.map((message) => ({
      role: message.role === 'assistant' ? 'assistant' : 'user',
      content: textOf(message),
    })),
  };
}

function describeTool(tool: ChatTool): string {
  return JSON.stringify(tool);
}

function textOf(message: ChatMessage): string {
  if (message.role === 'assistant') {
    const { reasoning_content, reasoning, content, tool_calls = [] } = message;
    const calls = tool_calls.map((call) => JSON.stringify(call.function));
    return [reasoning_content, reasoning, content, ...calls].filter((text) => text).join('\n');
  }
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}
