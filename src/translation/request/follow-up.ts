import type { ChatMessage, ChatRequest } from '../../contracts/chat-completions.js';
import type { Question } from '../segments/ask-again.js';

const IN_FORM =
  'Give this answer once more, as one JSON value in the form that was asked for, and write nothing else.';

/** The question once more, with a word on the call that did not come. */
export function askForCall({ chat, plan }: Question): Question {
  return { chat: withMessages(chat, [{ role: 'user', content: plan.mustCall ?? '' }]), plan };
}

/**
 * The question once more, for the same answer in the form that was asked for: without tools, so that the upstream can hold the
 * model to the form. What the model has written is part of the conversation.
 */
export function askForFormat({ chat, plan }: Question, draft: string): Question {
  const { outputFormat } = plan;
  if (!outputFormat) return { chat, plan };
  const { tools: _tools, tool_choice: _choice, parallel_tool_calls: _parallel, ...rest } = chat;
  const written: ChatMessage[] = draft.trim() === '' ? [] : [{ role: 'assistant', content: draft }];
  const messages: ChatMessage[] = [...written, { role: 'user', content: IN_FORM }];
  return {
    chat: { ...withMessages(rest, messages), response_format: outputFormat.chat },
    // Nothing can be a call any more, however much the JSON looks like one.
    plan: {
      ...plan,
      toolParser: null,
      mustCall: null,
      outputFormat: { ...outputFormat, instruction: false },
    },
  };
}

function withMessages(chat: ChatRequest, messages: ChatMessage[]): ChatRequest {
  return { ...chat, messages: [...chat.messages, ...messages] };
}
