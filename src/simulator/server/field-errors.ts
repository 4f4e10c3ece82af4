import { isJson, type Json } from './chat-request.js';

/** One complaint of pydantic: where and what. */
export interface FieldError {
  loc: (string | number)[];
  msg: string;
}

type Check = (value: unknown) => string | undefined;

const typed =
  (type: 'boolean' | 'string', msg: string): Check =>
  (value) =>
    typeof value === type ? undefined : msg;

const bool = typed('boolean', 'Input should be a valid boolean');
const text = typed('string', 'Input should be a valid string');
const object: Check = (value) => (isJson(value) ? undefined : 'Input should be a valid dictionary');
const list: Check = (value) => (Array.isArray(value) ? undefined : 'Input should be a valid list');
const number: Check = (value) => (typeof value === 'number' ? undefined : 'Input should be a valid number');
const integer: Check = (value) => (Number.isInteger(value) ? undefined : 'Input should be a valid integer');

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`);

function literal(...words: string[]): Check {
  const names = quoted(words);
  const msg = `Input should be ${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
  return (value) => (words.includes(value as string) ? undefined : msg);
}

const choice: Check = (value) =>
  isJson(value) && ['function', 'allowed_tools'].includes(value.type as string)
    ? undefined
    : literal('auto', 'required', 'none')(value);

/** Checks of fields that may be absent; `nullable` ones may be null as well. */
const OPTIONAL: readonly { field: string; check: Check; nullable: boolean }[] = [
  { field: 'stream', check: bool, nullable: true },
  { field: 'stream_options', check: object, nullable: true },
  { field: 'temperature', check: number, nullable: true },
  { field: 'top_p', check: number, nullable: true },
  { field: 'top_k', check: integer, nullable: true },
  { field: 'n', check: integer, nullable: true },
  { field: 'max_tokens', check: integer, nullable: true },
  { field: 'max_completion_tokens', check: integer, nullable: true },
  { field: 'seed', check: integer, nullable: true },
  { field: 'logprobs', check: bool, nullable: true },
  { field: 'top_logprobs', check: integer, nullable: true },
  { field: 'parallel_tool_calls', check: bool, nullable: true },
  { field: 'skip_special_tokens', check: bool, nullable: true },
  { field: 'chat_template_kwargs', check: object, nullable: true },
  { field: 'tools', check: list, nullable: true },
  { field: 'tool_choice', check: choice, nullable: false },
  { field: 'reasoning_effort', check: literal('low', 'medium', 'high', 'max'), nullable: true },
];

const formatType = literal('text', 'json_object', 'json_schema', 'regex_schema');

/** Everything pydantic would say about the body, in its order. */
export function findFieldErrors(body: unknown): FieldError[] {
  if (!isJson(body)) return [{ loc: [], msg: 'Input should be a valid dictionary' }];
  const errors: FieldError[] = [];
  const add = (loc: FieldError['loc'], msg: string | undefined) => {
    if (msg !== undefined) errors.push({ loc, msg });
  };
  add(['model'], body.model === undefined ? 'Field required' : text(body.model));
  add(['messages'], messagesError(body.messages));
  for (const { field, check, nullable } of OPTIONAL) {
    const value = body[field];
    if (value !== undefined && !(nullable && value === null)) add([field], check(value));
  }
  errors.push(...toolErrors(body), ...formatErrors(body));
  return errors;
}

function messagesError(messages: unknown): string | undefined {
  if (messages === undefined) return 'Field required';
  return typeof messages === 'string' ? undefined : list(messages);
}

function toolErrors(body: Json): FieldError[] {
  const tools: unknown[] = Array.isArray(body.tools) ? body.tools : [];
  return tools.flatMap((tool, index): FieldError[] => {
    const fn = isJson(tool) ? tool.function : undefined;
    if (!isJson(fn)) return [{ loc: ['tools', index, 'function'], msg: 'Field required' }];
    if (typeof fn.name === 'string') return [];
    return [{ loc: ['tools', index, 'function', 'name'], msg: 'Field required' }];
  });
}

function formatErrors(body: Json): FieldError[] {
  const format = body.response_format;
  if (format === undefined || format === null) return [];
  if (!isJson(format)) return [{ loc: ['response_format'], msg: 'Input should be a valid dictionary' }];
  const msg = formatType(format.type);
  return msg === undefined ? [] : [{ loc: ['response_format', 'type'], msg }];
}
