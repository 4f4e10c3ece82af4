import type { ModelProfile } from '../../../config/model-profile.js';
import type {
  ChatMessage,
  ChatRequest,
  ChatTool,
  ChatToolCall,
} from '../../../contracts/chat-completions.js';
import type { WrittenCall } from '../../../tool-parsers/tool-parser.decorator.js';

/** Writes calls as the model's family does. */
export type WriteCalls = (calls: readonly WrittenCall[]) => string;

const EXAMPLE: WrittenCall = { id: 'call_0', name: 'function_name', arguments: { argument_name: 'value' } };

/**
 * Puts tools, calls and results of a request into its text, for a server that knows none of them.
 *
 * @param mustCall what the model is told where it has no choice; null: it may answer in text
 */
export function renderToolPrompt(
  chat: ChatRequest,
  { systemRole }: ModelProfile,
  writeCalls: WriteCalls,
  mustCall: string | null,
): void {
  const prompt = describeTools(chat.tools ?? [], writeCalls, mustCall);
  const messages = renderHistory(chat.messages, writeCalls);
  if (prompt !== '') addSystemText(messages, prompt, systemRole === 'none' ? 'user' : 'system');
  chat.messages = messages;
  delete chat.tools;
  delete chat.tool_choice;
  delete chat.parallel_tool_calls;
}

/** Behind the system text there is, or in front of everything. */
function addSystemText(messages: ChatMessage[], text: string, role: 'system' | 'user'): void {
  const [first] = messages;
  if (first?.role === role && typeof first.content === 'string') {
    const parts = role === 'system' ? [first.content, text] : [text, first.content];
    messages[0] = { ...first, content: parts.join('\n\n') };
  } else {
    messages.unshift({ role, content: text });
  }
}

function describeTools(tools: readonly ChatTool[], writeCalls: WriteCalls, mustCall: string | null): string {
  if (tools.length === 0) return '';
  const paragraphs = [
    '# Tools',
    'You may call one or more functions. Their signatures are within the <tools></tools> tags:',
    `<tools>\n${tools.map((tool) => JSON.stringify(tool)).join('\n')}\n</tools>`,
    'To call functions, write the calls in exactly this form and stop behind them:',
    writeCalls([EXAMPLE]),
    'The results come in the next message, within <tool_response></tool_response> tags.',
  ];
  return [...paragraphs, ...(mustCall === null ? [] : [mustCall])].join('\n\n');
}

/** Puts calls and results of the history into the text, for a server that knows neither. */
function renderHistory(messages: readonly ChatMessage[], writeCalls: WriteCalls): ChatMessage[] {
  const rendered: ChatMessage[] = [];
  let results: string[] | null = null;
  for (const message of messages) {
    if (message.role === 'tool') {
      const result = `<tool_response>\n${message.content}\n</tool_response>`;
      if (results) results.push(result);
      else results = [result];
      continue;
    }
    if (results) rendered.push({ role: 'user', content: results.join('\n') });
    results = null;
    rendered.push(message.role === 'assistant' ? renderCalls(message, writeCalls) : message);
  }
  if (results) rendered.push({ role: 'user', content: results.join('\n') });
  return rendered;
}

function renderCalls(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  writeCalls: WriteCalls,
): ChatMessage {
  const { tool_calls: calls, ...rest } = message;
  if (!calls) return message;
  const text = writeCalls(calls.map(readCall));
  return { ...rest, content: rest.content ? `${rest.content}\n${text}` : text };
}

function readCall({ id, function: { name, arguments: text } }: ChatToolCall): WrittenCall {
  return { id, name, arguments: JSON.parse(text) as Record<string, unknown> };
}
