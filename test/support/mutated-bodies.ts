import fc from 'fast-check';
import type { Json } from './json.js';

export const functionTool = {
  type: 'function',
  name: 'search',
  description: 'd',
  parameters: { type: 'object' },
  strict: true,
};

/** Valid requests that between them use everything the gateway reads. */
export const VALID: Json[] = [
  {
    input: 'hi',
    instructions: 'i',
    temperature: 0.5,
    top_p: 1,
    max_output_tokens: 5,
    metadata: { a: 'b' },
    user: 'u',
    stop: ['x'],
    seed: 1,
    top_k: 1,
    logit_bias: { '1': 2 },
    chat_template_kwargs: { enable_thinking: true },
    include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
    top_logprobs: 2,
    truncation: 'auto',
    service_tier: 'auto',
    store: true,
  },
  {
    input: [
      { type: 'message', role: 'developer', content: 'd' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 't' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 's' }],
        encrypted_content: 'x',
      },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        content: [{ type: 'output_text', text: 'a', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'search', arguments: '{"q":1}' },
      { type: 'function_call', call_id: 'c2', name: 'spawn', namespace: 'agents', arguments: '' },
      { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'o' }] },
      { type: 'function_call_output', call_id: 'c2', output: 'o' },
      { type: 'custom_tool_call', call_id: 'c3', name: 'patch', input: 'p' },
      { type: 'custom_tool_call_output', call_id: 'c3', output: 'o' },
      { type: 'shell_call', id: 'sh_1', call_id: 'c4', action: { commands: ['ls'] } },
      {
        type: 'shell_call_output',
        call_id: 'c4',
        output: [{ stdout: 'o', stderr: '', outcome: { type: 'exit', exit_code: 1 } }],
      },
      { type: 'apply_patch_call', call_id: 'c5', operation: { type: 'delete_file', path: 'p' } },
      { type: 'apply_patch_call_output', call_id: 'c5', status: 'failed', output: 'o' },
      { type: 'web_search_call', id: 'ws_1' },
      { role: 'system', content: 'late' },
    ],
    tools: [
      functionTool,
      { type: 'function', function: { name: 'nested', parameters: {} } },
      { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      { type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'spawn' }] },
      { type: 'tool_search', execution: 'client', parameters: { type: 'object' } },
      { type: 'shell', environment: { type: 'local', skills: [{ name: 'n', description: 'd', path: 'p' }] } },
      { type: 'apply_patch' },
      { type: 'computer_use_preview', display_width: 800, display_height: 600, environment: 'browser' },
      { type: 'web_search' },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'search' }] },
    parallel_tool_calls: false,
    stream: true,
  },
  {
    input: [
      { type: 'additional_tools', role: 'developer', tools: [functionTool] },
      { role: 'user', content: 'q' },
      { type: 'tool_search_call', call_id: 'c', execution: 'client', arguments: { query: 'q' } },
      {
        type: 'tool_search_output',
        call_id: 'c',
        execution: 'client',
        tools: [{ type: 'function', name: 'found' }],
      },
    ],
    tool_choice: { type: 'function', name: 'search' },
    reasoning: { effort: 'low', summary: 'auto' },
    text: {
      format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: false },
      verbosity: 'low',
    },
    stream: true,
    stream_options: { include_obfuscation: false },
  },
  {
    input: 'hi',
    tools: [functionTool],
    tool_choice: 'auto',
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
    previous_response_id: null,
    background: false,
    conversation: null,
    prompt: null,
  },
];

const TREACHEROUS: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  20,
  '',
  ' ',
  'x',
  'auto',
  'none',
  [],
  {},
  [[]],
  [null],
  [{}],
  { type: 'text' },
  { type: 'function' },
  { role: 'user' },
  'message',
  'function_call',
  'function_call_output',
  'reasoning',
  'custom',
  'namespace',
  'input_text',
  'input_image',
  'http://a/b',
  '__proto__',
  'constructor',
  'a\u0000b',
  '\ud800',
  '😀',
  { __proto__: null, toString: 1 },
  { constructor: { prototype: {} } },
];
export const treacherousValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TREACHEROUS) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

type Mutation = { at: number; with: unknown; how: 'replace' | 'remove' | 'wrap' | 'repeat' | 'add' };
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat({ max: 10_000 }),
  with: treacherousValue,
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'wrap', 'repeat', 'add'),
});
/** @returns one of the bodies, changed in one to three places */
export function mutationsOf(bodies: readonly Json[]): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.constantFrom(...bodies), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([body, mutations]) => {
      const copy = structuredClone(body);
      for (const one of mutations) mutate(copy, one);
      return copy;
    });
}

/** Changes one of all places of the value. */
function mutate(root: unknown, { at, with: given, how }: Mutation): void {
  // Its own copy: what one mutation put in, the next may change.
  const replacement = structuredClone(given);
  const places = placesOf(root);
  const place = places[at % places.length];
  if (!place) return;
  const { parent, key } = place;
  if (how === 'remove') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  } else if (how === 'wrap') set(parent, key, [get(parent, key)]);
  else if (how === 'repeat' && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
  else if (how === 'add' && !Array.isArray(parent)) set(parent, `${key}x`, replacement);
  else set(parent, key, replacement);
}

interface Place {
  parent: Json | unknown[];
  key: string;
}

function placesOf(node: unknown): Place[] {
  if (typeof node !== 'object' || node === null) return [];
  const parent = node as Json | unknown[];
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesOf(get(parent, key))]);
}

function get(parent: Json | unknown[], key: string): unknown {
  return (parent as Json)[key];
}

function set(parent: Json | unknown[], key: string, to: unknown): void {
  Object.defineProperty(parent, key, { value: to, enumerable: true, configurable: true, writable: true });
}

/** Bytes that no JSON has, or that a parser may take for more than they are. */
const TREACHEROUS_BYTES = [
  ...['{', '}', '[', ']', '"', ',', ':', '\\', '\0', '\n', '\\u', '\\ud800', '\u2028', '\ufeff'],
  ...['1e999', '-0', '1E400', '12345678901234567890123', '0x1', 'NaN', '"__proto__":{},', '//', "'"],
].map((text) => Buffer.from(text));
const BAD_BYTES = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map(
  (bytes) => Buffer.from(bytes),
);
const DEEP = Buffer.from('['.repeat(2_000));

const damage = fc.record({
  at: fc.nat({ max: 1_000_000 }),
  length: fc.nat({ max: 40 }),
  with: fc.constantFrom(...TREACHEROUS_BYTES, ...BAD_BYTES, DEEP),
  how: fc.constantFrom('insert', 'replace', 'cut', 'repeat', 'end'),
});

/** @returns the bytes of a body, mutated as values or damaged as text */
export function wireMutationsOf(bodies: readonly Json[]): fc.Arbitrary<Buffer> {
  const asValue = mutationsOf(bodies).map((body) => Buffer.from(JSON.stringify(body)));
  const asText = fc
    .tuple(fc.constantFrom(...bodies), damage)
    .map(([body, { at, length, with: given, how }]) => {
      const bytes = Buffer.from(JSON.stringify(body));
      const place = at % bytes.length;
      const [before, piece, after] = [
        bytes.subarray(0, place),
        bytes.subarray(place, place + length),
        bytes.subarray(place + length),
      ];
      switch (how) {
        case 'insert':
          return Buffer.concat([before, given, piece, after]);
        case 'replace':
          return Buffer.concat([before, given, after]);
        case 'cut':
          return Buffer.concat([before, after]);
        case 'repeat':
          return Buffer.concat([before, piece, piece, after]);
        case 'end':
          return before;
      }
    });
  return fc.oneof({ weight: 4, arbitrary: asValue }, { weight: 1, arbitrary: asText });
}
