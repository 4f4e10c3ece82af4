import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD } from './paths.js';
import { type AnswerScript, modelName } from './script.js';

export type Api = 'responses' | 'chat';

/** What a case asks for. */
export interface RequestShape {
  script: AnswerScript;
  stream: boolean;
  /** A question of one sentence, or a long agent's conversation: 400 items, 300 KB. */
  input?: 'short' | 'long';
  /** Whether the answer is to be kept. */
  store?: boolean;
}

type Item = Record<string, unknown>;

const LONG_ITEMS = 400;
const LONG_BYTES = 300_000;
/** Of an item's JSON around its text, on average over the kinds of items. */
const ITEM_OVERHEAD = 85;
const INSTRUCTIONS = 'You are a helpful assistant.';
const QUESTION = 'Describe how a relay should treat what passes through it, in a few short paragraphs.';
const FILLER =
  'Each line of this "log" says what was tried, in which order, and what came of it;\n\tnothing is left out. ';

const TOOL = {
  name: 'get_rows',
  description: 'Reads rows of a table by their ids.',
  parameters: {
    type: 'object',
    properties: { ids: { type: 'array', items: { type: 'integer' }, description: 'Ids of the rows.' } },
    required: ['ids'],
    additionalProperties: false,
  },
};

/** Writes the body of a request to a file. @returns its path */
export function writeBody(shape: RequestShape, api: Api): string {
  const folder = join(BUILD, 'bodies');
  mkdirSync(folder, { recursive: true });
  const file = join(
    folder,
    `${modelName(shape.script)},${shape.stream ? 'stream' : 'whole'},${shape.input ?? 'short'}${shape.store ? ',stored' : ''},${api}.json`,
  );
  // Moved there whole: another load generator may be reading it.
  const draft = `${file}.draft`;
  writeFileSync(draft, JSON.stringify(api === 'chat' ? chatBody(shape) : responsesBody(shape)));
  renameSync(draft, file);
  return file;
}

/** The body of a Responses request. */
export function responsesBody({ script, stream, input = 'short', store = false }: RequestShape): Item {
  return {
    model: modelName(script),
    instructions: INSTRUCTIONS,
    input: input === 'long' ? longTurns(RESPONSES_TURNS) : [{ role: 'user', content: QUESTION }],
    stream,
    store,
    temperature: 0.7,
    max_output_tokens: 1024,
    ...(needsTool(script, input) && { tools: [{ type: 'function', strict: false, ...TOOL }] }),
  };
}

function chatBody({ script, stream, input }: RequestShape): Item {
  return {
    model: modelName(script),
    messages: [
      { role: 'system', content: INSTRUCTIONS },
      ...(input === 'long' ? longTurns(CHAT_TURNS) : [{ role: 'user', content: QUESTION }]),
    ],
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    temperature: 0.7,
    max_tokens: 1024,
    ...(needsTool(script, input) && { tools: [{ type: 'function', function: TOOL }] }),
  };
}

function needsTool({ kind }: AnswerScript, input: RequestShape['input']): boolean {
  return kind === 'tool' || kind === 'raw' || input === 'long';
}

/** What a turn of an agent is to an API. */
interface Turns {
  question: (text: string) => Item;
  remark: (text: string) => Item;
  call: (id: string, args: string) => Item;
  result: (id: string, output: string) => Item;
}

const RESPONSES_TURNS: Turns = {
  question: (text) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }),
  remark: (text) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }),
  call: (call_id, args) => ({ type: 'function_call', call_id, name: TOOL.name, arguments: args }),
  result: (call_id, output) => ({ type: 'function_call_output', call_id, output }),
};

const CHAT_TURNS: Turns = {
  question: (content) => ({ role: 'user', content }),
  remark: (content) => ({ role: 'assistant', content }),
  call: (id, args) => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name: TOOL.name, arguments: args } }],
  }),
  result: (tool_call_id, content) => ({ role: 'tool', tool_call_id, content }),
};

function longTurns({ question, remark, call, result }: Turns): Item[] {
  const text = fill(LONG_BYTES / LONG_ITEMS - ITEM_OVERHEAD);
  return Array.from({ length: LONG_ITEMS }, (_, index) => {
    const id = `call_${Math.floor(index / 4)}`;
    switch (index % 4) {
      case 0:
        return question(text);
      case 1:
        return remark(text);
      case 2:
        return call(id, JSON.stringify({ ids: [index], note: text }));
      default:
        return result(id, text);
    }
  });
}

function fill(length: number): string {
  return FILLER.repeat(Math.ceil(length / FILLER.length)).slice(0, length);
}
