import type { ModelProfile } from '../../contracts/model-profile.js';
import type { ChatRequest, ChatResponseFormat } from '../../contracts/chat-completions.js';

/**
 * Puts the response format into the request. Next to tools, a server that guides its decoding by it could write no call at all:
 * there the model gets it as an instruction.
 *
 * @returns whether it is an instruction
 */
export function applyFormat(chat: ChatRequest, format: ChatResponseFormat, profile: ModelProfile): boolean {
  if (!chat.tools || profile.formatWithTools === 'always') {
    chat.response_format = format;
    return false;
  }
  const text = describe(format);
  const [first, ...rest] = chat.messages;
  if (first?.role === 'system') {
    chat.messages = [{ ...first, content: `${first.content}\n\n${text}` }, ...rest];
  } else if (profile.systemRole !== 'none') {
    chat.messages = [{ role: 'system', content: text }, ...chat.messages];
  } else {
    chat.messages = [...chat.messages, { role: 'user', content: text }];
  }
  return true;
}

function describe(format: ChatResponseFormat): string {
  const rule = 'When you give your answer rather than call a tool, write one JSON object and nothing else';
  if (format.type !== 'json_schema') return `${rule}.`;
  return `${rule}. It must be valid against this JSON schema:\n${JSON.stringify(format.json_schema.schema)}`;
}
