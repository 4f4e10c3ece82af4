import type { ModelProfile } from '../../../contracts/model-profile.js';
import type {
  ChatMessage,
  ChatRequest,
  ChatTool,
  ChatToolCall,
} from '../../../contracts/chat-completions.js';
import type {
  ToolParserFamily,
  WrittenCall,
  WrittenResult,
} from '../../../tool-parsers/tool-parser.decorator.js';

/** A family that can write what it reads. */
export type ToolWriter = Required<Pick<ToolParserFamily, 'writeCalls' | 'writeResults'>>;

/** @returns null for a family that only reads */
export function toolWriterOf(family: ToolParserFamily): ToolWriter | null {
  if (!family.writeCalls) return null;
  return {
    writeCalls: family.writeCalls.bind(family),
    writeResults: family.writeResults?.bind(family) ?? writeTaggedResults,
  };
}

function writeTaggedResults(results: readonly WrittenResult[]): string {
  return results.map(({ text }) => `<tool_response>\n${text}\n</tool_response>`).join('\n');
}

const EXAMPLE: WrittenCall = { id: 'call_0', name: 'function_name', arguments: { argument_name: 'value' } };
const EXAMPLE_RESULT: WrittenResult = { callId: EXAMPLE.id, text: 'what the function returned' };

/**
 * Puts tools, calls and results of a request into its text, for a server that knows none of them.
 *
 * @param mustCall what the model is told where it has no choice; null: it may answer in text
 */
export function renderToolPrompt(
  chat: ChatRequest,
  { systemRole }: ModelProfile,
  writer: ToolWriter,
  mustCall: string | null,
): void {
  const prompt = describeTools(chat.tools ?? [], writer, mustCall);
  const messages = renderHistory(chat.messages, writer);
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

function describeTools(tools: readonly ChatTool[], writer: ToolWriter, mustCall: string | null): string {
  if (tools.length === 0) return '';
  const paragraphs = [
    '# Tools',
    'You may call one or more functions. Their signatures are within the <tools></tools> tags:',
    `<tools>\n${tools.map((tool) => JSON.stringify(tool)).join('\n')}\n</tools>`,
    'To call functions, write the calls in exactly this form and stop behind them:',
    writer.writeCalls([EXAMPLE]),
    'The results come in the next message, in this form:',
    writer.writeResults([EXAMPLE_RESULT]),
  ];
  return [...paragraphs, ...(mustCall === null ? [] : [mustCall])].join('\n\n');
}

/** Puts calls and results of the history into the text, for a server that knows neither. */
function renderHistory(messages: readonly ChatMessage[], writer: ToolWriter): ChatMessage[] {
  const rendered: ChatMessage[] = [];
  let results: WrittenResult[] = [];
  const addResults = (): void => {
    if (results.length > 0) rendered.push({ role: 'user', content: writer.writeResults(results) });
    results = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      results.push({ callId: message.tool_call_id, text: message.content });
      continue;
    }
    addResults();
    rendered.push(message.role === 'assistant' ? renderCalls(message, writer) : message);
  }
  addResults();
  return rendered;
}

function renderCalls(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  { writeCalls }: ToolWriter,
): ChatMessage {
  const { tool_calls: calls, ...rest } = message;
  if (!calls) return message;
  const text = writeCalls(calls.map(readCall));
  return { ...rest, content: rest.content ? `${rest.content}\n${text}` : text };
}

function readCall({ id, function: { name, arguments: text } }: ChatToolCall): WrittenCall {
  return { id, name, arguments: JSON.parse(text) as Record<string, unknown> };
}
