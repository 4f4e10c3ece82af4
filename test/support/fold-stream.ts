import { finishBuiltin, foldIntoBuiltin } from './builtin-rules.js';
import { arrayOf, isRecord, isString, recordOf, type Json } from './json.js';
import { FILLED_BY_SERVER } from './mcp-fields.js';

/**
 * The output that a client gets which looks at added events and deltas only; of done events it takes no
 * more than an item's status, encrypted content and what a server has said. Equals the output of the same answer unstreamed.
 */
export function foldStream(events: readonly unknown[]): Json[] {
  const output = new Map<unknown, Json>();
  for (const event of events.map(recordOf)) {
    const item = output.get(event.output_index);
    if (event.type === 'response.output_item.added')
      output.set(event.output_index, structuredClone(recordOf(event.item)));
    else if (item) foldInto(item, event);
  }
  return [...output.values()];
}

function foldInto(item: Json, event: Json): void {
  switch (event.type) {
    case 'response.content_part.added':
      append(item, 'content', event.part);
      break;
    case 'response.reasoning_summary_part.added':
      append(item, 'summary', event.part);
      break;
    case 'response.output_text.delta':
      addText(item, 'content', event.content_index, 'text', event.delta);
      addLogprobs(item, event);
      break;
    case 'response.reasoning_text.delta':
    case 'response.reasoning.delta':
      addText(item, 'content', event.content_index, 'text', event.delta);
      break;
    case 'response.refusal.delta':
      addText(item, 'content', event.content_index, 'refusal', event.delta);
      break;
    case 'response.reasoning_summary_text.delta':
      addText(item, 'summary', event.summary_index, 'text', event.delta);
      break;
    case 'response.function_call_arguments.delta':
    case 'response.mcp_call_arguments.delta':
      item.arguments = `${String(item.arguments)}${String(event.delta)}`;
      break;
    case 'response.code_interpreter_call_code.delta':
      item.code = `${String(item.code)}${String(event.delta)}`;
      break;
    case 'response.output_text.annotation.added': {
      const part = recordOf(arrayOf(item.content)[Number(event.content_index)]);
      part.annotations = [...arrayOf(part.annotations), event.annotation];
      break;
    }
    case 'response.custom_tool_call_input.delta':
      item.input = `${String(item.input)}${String(event.delta)}`;
      break;
    case 'response.output_item.done':
      finishItem(item, recordOf(event.item));
      break;
    default:
      foldIntoBuiltin(item, event);
  }
}

function append(item: Json, list: string, part: unknown): void {
  item[list] = [...arrayOf(item[list]), structuredClone(part)];
}

function addText(item: Json, list: string, index: unknown, field: string, delta: unknown): void {
  const part = recordOf(arrayOf(item[list])[Number(index)]);
  part[field] = `${String(part[field])}${String(delta)}`;
}

function addLogprobs(item: Json, event: Json): void {
  const part = recordOf(arrayOf(item.content)[Number(event.content_index)]);
  const more = arrayOf(event.logprobs);
  if (more.length > 0) part.logprobs = [...arrayOf(part.logprobs), ...more];
}

function finishItem(item: Json, done: Json): void {
  if ('status' in done) item.status = done.status;
  if ('encrypted_content' in done) item.encrypted_content = done.encrypted_content;
  finishBuiltin(item, done);
  // A tool search has no deltas: its arguments come with the done event alone.
  if (item.type === 'tool_search_call') item.arguments = done.arguments;
  for (const field of FILLED_BY_SERVER[String(item.type)] ?? []) if (field in done) item[field] = done[field];
}

const ID_KEYS = new Set([
  'id',
  'item_id',
  'call_id',
  'previous_response_id',
  'tool_call_id',
  'approval_request_id',
]);
const TIME_KEYS = new Set(['created_at', 'completed_at', 'created']);

/**
 * A copy in which ids and times are placeholders, numbered by order of appearance, so that two answers to the
 * same question can be compared. The same id becomes the same placeholder wherever it stands.
 */
export function normaliseIds<T>(value: T): T {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const placeholder = (key: string, id: string): string => {
    const kind = key === 'call_id' || key === 'tool_call_id' ? 'call' : (/^[a-z]+/i.exec(id)?.[0] ?? 'id');
    const known = names.get(id);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(id, `<${kind} ${count}>`);
    return `<${kind} ${count}>`;
  };
  const walk = (node: unknown, key: string): unknown => {
    if (Array.isArray(node)) return node.map((inner) => walk(inner, ''));
    if (isRecord(node)) {
      // Sorted, for the order of keys must not decide which id comes first.
      const keys = Object.keys(node).sort();
      return Object.fromEntries(keys.map((inner) => [inner, walk(node[inner], inner)]));
    }
    if (isString(node) && ID_KEYS.has(key)) return placeholder(key, node);
    if (typeof node === 'number' && TIME_KEYS.has(key)) return `<${key}>`;
    return node;
  };
  return walk(value, '') as T;
}
