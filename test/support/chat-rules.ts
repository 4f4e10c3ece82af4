/** What a strict chat-completions server would find wrong with a request of the gateway. */
import { isRecord, isString, show, type Json } from './json.js';

type Report = (violation: string) => void;

const ROLES = ['system', 'user', 'assistant', 'tool'];
const KNOWN_FIELDS = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'seed',
  'user',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'chat_template_kwargs',
  'top_k',
  'min_p',
  'repetition_penalty',
  'min_new_tokens',
  'ignore_eos',
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'include_stop_str_in_output',
  'logit_bias',
  'media_io_kwargs',
  'mm_processor_kwargs',
]);

/**
 * Holds a request for chat completions to what strict servers and chat templates ask for: one system message, in front;
 * each call answered by exactly one tool message right behind it; arguments that are JSON objects; nothing null.
 * @throws Error that lists every violation.
 */
export function checkChatRequest(body: unknown): void {
  const violations: string[] = [];
  const report: Report = (violation) => violations.push(violation);
  if (!isRecord(body)) throw new Error(`The chat request is not an object: ${show(body)}`);
  if (!isFilled(body.model)) report(`model is ${show(body.model)}`);
  for (const [field, value] of Object.entries(body)) {
    if (value === null) report(`${field} is null`);
    if (!KNOWN_FIELDS.has(field)) report(`${field} is no field of chat completions`);
  }
  if ('stream_options' in body && body.stream !== true) report('stream_options without stream');
  checkTools(body, report);
  if (Array.isArray(body.messages) && body.messages.length > 0) checkMessages(body.messages, report);
  else report(`messages are ${show(body.messages)}`);
  if (violations.length > 0) {
    throw new Error(
      `The chat request breaks the contract:\n  ${violations.join('\n  ')}\n${JSON.stringify(body)}`,
    );
  }
}

function checkTools(body: Json, report: Report): void {
  const { tools } = body;
  if (tools === undefined) {
    for (const field of ['tool_choice', 'parallel_tool_calls'])
      if (field in body) report(`${field} without tools`);
    return;
  }
  if (!Array.isArray(tools) || tools.length === 0) {
    report(`tools are ${show(tools)}`);
    return;
  }
  const names = tools.map((tool: unknown, index) => checkTool(tool, `tools[${index}]`, report));
  if (new Set(names).size !== names.length) report(`two tools of one name: ${show(names)}`);
}

function checkTool(tool: unknown, path: string, report: Report): unknown {
  const definition = isRecord(tool) && tool.type === 'function' ? tool.function : undefined;
  if (!isRecord(definition)) {
    report(`${path} is no function: ${show(tool)}`);
    return undefined;
  }
  const { name, description, parameters } = definition;
  if (!isFilled(name)) report(`${path}.function.name is ${show(name)}`);
  if (description !== undefined && !isFilled(description))
    report(`${path}.function.description is ${show(description)}`);
  if (!isRecord(parameters)) report(`${path}.function.parameters are ${show(parameters)}`);
  return name;
}

function checkMessages(messages: unknown[], report: Report): void {
  let waiting: string[] = [];
  messages.forEach((value, index) => {
    const path = `messages[${index}]`;
    const message = isRecord(value) ? value : {};
    const { role } = message;
    if (!isString(role) || !ROLES.includes(role)) report(`${path}.role is ${show(role)}`);
    if (role === 'system' && index > 0) report(`${path} is a system message that is not the first`);
    if (role === 'tool') {
      const expected = waiting.shift();
      if (message.tool_call_id !== expected)
        report(`${path} answers ${show(message.tool_call_id)} where ${show(expected)} is to be answered`);
    } else if (waiting.length > 0) {
      report(`${path} comes before the calls ${show(waiting)} were answered`);
      waiting = [];
    }
    if (role === 'assistant') waiting = checkAssistant(message, path, report);
    else checkContent(message.content, role, path, report);
  });
  if (waiting.length > 0) report(`the calls ${show(waiting)} are not answered`);
}

function checkAssistant(message: Json, path: string, report: Report): string[] {
  const { content, tool_calls: calls } = message;
  if (calls === undefined) {
    if (!isString(content)) report(`${path}.content is ${show(content)}`);
    return [];
  }
  if (content !== null && !isString(content)) report(`${path}.content is ${show(content)}`);
  if (!Array.isArray(calls) || calls.length === 0) {
    report(`${path}.tool_calls are ${show(calls)}`);
    return [];
  }
  return calls.map((call: unknown, index) => checkCall(call, `${path}.tool_calls[${index}]`, report));
}

function checkCall(value: unknown, path: string, report: Report): string {
  const call = isRecord(value) ? value : {};
  const definition = isRecord(call.function) ? call.function : {};
  if (call.type !== 'function') report(`${path}.type is ${show(call.type)}`);
  if (!isFilled(call.id)) report(`${path}.id is ${show(call.id)}`);
  if (!isFilled(definition.name)) report(`${path}.function.name is ${show(definition.name)}`);
  if (!isJsonObject(definition.arguments))
    report(`${path}.function.arguments are ${show(definition.arguments)}`);
  return String(call.id);
}

function checkContent(content: unknown, role: unknown, path: string, report: Report): void {
  if (isString(content)) return;
  if (role !== 'user' || !Array.isArray(content) || content.length === 0) {
    report(`${path}.content is ${show(content)}`);
    return;
  }
  content.forEach((value: unknown, index) => {
    const part = isRecord(value) ? value : {};
    const image = isRecord(part.image_url) ? part.image_url : {};
    const isText = part.type === 'text' && isString(part.text);
    const isImage = part.type === 'image_url' && isFilled(image.url);
    if (!isText && !isImage) report(`${path}.content[${index}] is ${show(value)}`);
    if (isImage && image.detail !== undefined && !['low', 'high', 'auto'].includes(image.detail as string))
      report(`${path}.content[${index}].image_url.detail is ${show(image.detail)}`);
  });
}

function isFilled(value: unknown): boolean {
  return isString(value) && value !== '';
}

function isJsonObject(text: unknown): boolean {
  if (!isString(text)) return false;
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}
