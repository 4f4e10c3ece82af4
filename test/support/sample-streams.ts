/** Correct event streams, written out by hand: what the oracle must accept, and the stock for its mutations. */
import { overTheWire, type Json } from './json.js';
import {
  approvalEvents,
  listEvents,
  MCP_TOOL,
  mcpCall,
  mcpCallEvents,
  toolList,
} from './sample-mcp-items.js';

/** A response object before anything happened. */
export function startedResponse(): Json {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_795_337_547,
    completed_at: null,
    status: 'in_progress',
    incomplete_details: null,
    error: null,
    model: 'test-model',
    previous_response_id: null,
    instructions: 'Be brief.',
    output: [],
    tools: [
      { type: 'function', name: 'search', description: null, parameters: { type: 'object' }, strict: null },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'search' }] },
    truncation: 'disabled',
    parallel_tool_calls: true,
    text: {
      format: {
        type: 'json_schema',
        name: 'a',
        description: null,
        schema: { type: 'object' },
        strict: false,
      },
    },
    top_p: 1,
    temperature: 0.5,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    reasoning: { effort: 'low', summary: null },
    usage: null,
    max_output_tokens: 100,
    max_tool_calls: null,
    store: false,
    background: false,
    service_tier: 'default',
    metadata: { user: 'u' },
    safety_identifier: null,
    prompt_cache_key: 'k',
    ...OPENAI_ONLY,
  };
}

/** Fields that OpenAI's types have and Open Responses has not. */
export const OPENAI_ONLY = {
  access_programs: null,
  conversation: null,
  moderation: null,
  prompt: null,
  prompt_cache_retention: null,
};

export const USAGE = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 8, cache_write_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 17,
};

const STATUS_FIELDS: Record<string, Json> = {
  completed: { completed_at: 1_795_337_549, usage: USAGE },
  incomplete: { incomplete_details: { reason: 'max_output_tokens' }, usage: USAGE },
  failed: { error: { code: 'server_error', message: 'The model server returned an error.' } },
};

/** A finished response object with the given items. */
export function finishedResponse(status: string, output: Json[], outputText = ''): Json {
  return { ...startedResponse(), status, output, output_text: outputText, ...STATUS_FIELDS[status] };
}

/** Numbers the events and puts the start before them. */
export function stream(...events: Json[]): Json[] {
  const start = [
    { type: 'response.created', response: startedResponse() },
    { type: 'response.in_progress', response: startedResponse() },
  ];
  return [...start, ...events].map((event, index) => ({ ...event, sequence_number: index }));
}

export function message(id: string, part: Json, status = 'completed'): Json {
  return { type: 'message', id, status, role: 'assistant', content: [part] };
}

export function text(value: string): Json {
  return { type: 'output_text', text: value, annotations: [], logprobs: [] };
}

export function call(id: string, args: string, status = 'completed'): Json {
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    name: 'search',
    arguments: args,
    status,
  };
}

function added(index: number, item: Json): Json {
  return {
    type: 'response.output_item.added',
    output_index: index,
    item: { ...item, status: 'in_progress' },
  };
}

function itemDone(index: number, item: Json): Json {
  return { type: 'response.output_item.done', output_index: index, item };
}

/** The events of a message of one text part. */
export function messageEvents(index: number, item: Json, deltas: string[], logprobs: Json[][] = []): Json[] {
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  const [part] = item.content as Json[];
  return [
    added(index, { ...item, content: [] }),
    { type: 'response.content_part.added', ...at, part: text('') },
    ...deltas.map((delta, n) => ({
      type: 'response.output_text.delta',
      ...at,
      delta,
      logprobs: logprobs[n] ?? [],
    })),
    { type: 'response.output_text.done', ...at, text: deltas.join(''), logprobs: logprobs.flat() },
    { type: 'response.content_part.done', ...at, part },
    itemDone(index, item),
  ];
}

/** The events of a reasoning item in the form `summary`, `reasoning_text` or `reasoning`. */
export function reasoningEvents(index: number, item: Json, form: string, deltas: string[]): Json[] {
  const isSummary = form === 'summary';
  const at = { item_id: item.id, output_index: index, [isSummary ? 'summary_index' : 'content_index']: 0 };
  const partEvent = isSummary ? 'response.reasoning_summary_part' : 'response.content_part';
  const textEvent = isSummary ? 'response.reasoning_summary_text' : `response.${form}`;
  const part = { type: isSummary ? 'summary_text' : 'reasoning_text', text: deltas.join('') };
  return [
    added(index, { type: 'reasoning', id: item.id, summary: [] }),
    { type: `${partEvent}.added`, ...at, part: { ...part, text: '' } },
    ...deltas.map((delta) => ({ type: `${textEvent}.delta`, ...at, delta })),
    { type: `${textEvent}.done`, ...at, text: deltas.join('') },
    { type: `${partEvent}.done`, ...at, part },
    itemDone(index, item),
  ];
}

/** The events of a function call. */
export function callEvents(index: number, item: Json, deltas: string[]): Json[] {
  const at = { item_id: item.id, output_index: index };
  return [
    added(index, { ...item, arguments: '' }),
    ...deltas.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, name: item.name, arguments: deltas.join('') },
    itemDone(index, item),
  ];
}

function terminal(status: string, output: Json[], outputText = ''): Json {
  return { type: `response.${status}`, response: finishedResponse(status, output, outputText) };
}

function compactionEvents(index: number, item: Json): Json[] {
  const begun = { ...item, encrypted_content: '' };
  return [{ type: 'response.output_item.added', output_index: index, item: begun }, itemDone(index, item)];
}

function compactionStream(): Json[] {
  const item = { type: 'compaction', id: 'cmp_1', encrypted_content: 'AQ' };
  return stream(...compactionEvents(0, item), terminal('completed', [item]));
}

function compactedAnswerStream(): Json[] {
  const answer = message('msg_1', text('pong'));
  const item = { type: 'compaction', id: 'cmp_1', encrypted_content: 'AQ' };
  return stream(
    ...messageEvents(0, answer, ['po', 'ng']),
    ...compactionEvents(1, item),
    terminal('completed', [answer, item], 'pong'),
  );
}

function sealedReasoningStream(): Json[] {
  const reasoning = {
    type: 'reasoning',
    id: 'rs_1',
    status: 'completed',
    summary: [],
    encrypted_content: 'AQ',
  };
  const answer = message('msg_1', text('pong'));
  return stream(
    added(0, { type: 'reasoning', id: 'rs_1', summary: [] }),
    itemDone(0, reasoning),
    ...messageEvents(1, answer, ['po', 'ng']),
    terminal('completed', [reasoning, answer], 'pong'),
  );
}

function refusalStream(): Json[] {
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const item = message('msg_1', { type: 'refusal', refusal: "I can't." });
  return stream(
    added(0, { ...item, content: [] }),
    { type: 'response.content_part.added', ...at, part: { type: 'refusal', refusal: '' } },
    { type: 'response.refusal.delta', ...at, delta: 'I ' },
    { type: 'response.refusal.delta', ...at, delta: "can't." },
    { type: 'response.refusal.done', ...at, refusal: "I can't." },
    { type: 'response.content_part.done', ...at, part: { type: 'refusal', refusal: "I can't." } },
    itemDone(0, item),
    terminal('completed', [item]),
  );
}

function customCallStream(): Json[] {
  const at = { item_id: 'ctc_1', output_index: 0 };
  const item = {
    type: 'custom_tool_call',
    id: 'ctc_1',
    call_id: 'call_1',
    name: 'patch',
    input: '*** go',
    status: 'completed',
  };
  return stream(
    added(0, { ...item, input: '' }),
    { type: 'response.custom_tool_call_input.delta', ...at, delta: '***' },
    { type: 'response.custom_tool_call_input.delta', ...at, delta: ' go' },
    { type: 'response.custom_tool_call_input.done', ...at, input: '*** go' },
    itemDone(0, item),
    terminal('completed', [item]),
  );
}

function patchStream(): Json[] {
  const at = { item_id: 'apc_1', output_index: 0 };
  const item = (status: string, diff: string): Json => ({
    type: 'apply_patch_call',
    id: 'apc_1',
    call_id: 'call_1',
    operation: { type: 'create_file', path: 'a', diff },
    status,
  });
  const done = item('completed', '+one');
  return stream(
    added(0, item('in_progress', '')),
    { type: 'response.apply_patch_call_operation_diff.delta', ...at, delta: '+on' },
    { type: 'response.apply_patch_call_operation_diff.delta', ...at, delta: 'e' },
    { type: 'response.apply_patch_call_operation_diff.done', ...at, diff: '+one' },
    itemDone(0, done),
    terminal('completed', [done]),
  );
}

function shellStream(): Json[] {
  const at = { output_index: 0, command_index: 0 };
  const item = (status: string, commands: string[], limit: number | null): Json => ({
    type: 'shell_call',
    id: 'sh_1',
    call_id: 'call_1',
    action: { commands, timeout_ms: limit, max_output_length: null },
    environment: { type: 'local' },
    status,
  });
  const done = item('completed', ['ls -a'], 10);
  return stream(
    added(0, item('in_progress', [], null)),
    { type: 'response.shell_call_command.added', ...at, command: '' },
    { type: 'response.shell_call_command.delta', ...at, delta: 'ls' },
    { type: 'response.shell_call_command.delta', ...at, delta: ' -a' },
    { type: 'response.shell_call_command.done', ...at, command: 'ls -a' },
    itemDone(0, done),
    terminal('completed', [done]),
  );
}

function interleavedStream(): Json[] {
  const [first, second] = [call('1', '{"a":1}'), call('2', '{"b":2}')];
  const [one, two] = [callEvents(0, first, ['{"a"', ':1}']), callEvents(1, second, ['{"b":', '2}'])];
  const order = [one[0]!, two[0]!, one[1]!, two[1]!, two[2]!, one[2]!, two[3]!, two[4]!, one[3]!, one[4]!];
  return stream(...order, terminal('completed', [first, second]));
}

function multiPartStream(): Json[] {
  const [first, second] = [text('one'), { type: 'refusal', refusal: 'two' }];
  const item = { ...message('msg_1', first), content: [first, second] };
  const at = { item_id: 'msg_1', output_index: 0, content_index: 1 };
  const begin = messageEvents(0, item, ['o', 'ne']).slice(0, -1);
  return stream(
    ...begin,
    { type: 'response.content_part.added', ...at, part: { type: 'refusal', refusal: '' } },
    { type: 'response.refusal.delta', ...at, delta: 'two' },
    { type: 'response.refusal.done', ...at, refusal: 'two' },
    { type: 'response.content_part.done', ...at, part: second },
    itemDone(0, item),
    terminal('completed', [item], 'one'),
  );
}

function failedStream(): Json[] {
  const item = message('msg_1', text('Half'), 'incomplete');
  const error = { code: 'server_error', message: 'The model server returned an error.', param: null };
  return stream(
    ...messageEvents(0, item, ['Ha', 'lf']),
    { type: 'error', ...error, error: { type: 'server_error', ...error } },
    terminal('failed', [item], 'Half'),
  );
}

function logprobStream(): Json[] {
  const entry = (token: string, logprob: number): Json => {
    const alternative = { token: 'x', logprob: -3, bytes: [120] };
    return { token, logprob, bytes: [...Buffer.from(token)], top_logprobs: [alternative] };
  };
  const logprobs = [[entry('po', -0.1)], [entry('n', -0.2), entry('g', -0.3)]];
  const item = message('msg_1', { ...text('pong'), logprobs: logprobs.flat() });
  return stream(...messageEvents(0, item, ['po', 'ng'], logprobs), terminal('completed', [item], 'pong'));
}

function reasoningStream(form: string): Json[] {
  const thought = { type: form === 'summary' ? 'summary_text' : 'reasoning_text', text: 'Hm, well.' };
  const parts = form === 'summary' ? { summary: [thought] } : { summary: [], content: [thought] };
  const reasoning = { type: 'reasoning', id: 'rs_1', status: 'completed', ...parts };
  const answer = message('msg_1', text('pong'));
  return stream(
    ...reasoningEvents(0, reasoning, form, ['Hm, ', 'well.']),
    ...messageEvents(1, answer, ['po', 'ng']),
    terminal('completed', [reasoning, answer], 'pong'),
  );
}

function parallelStream(): Json[] {
  const [first, second] = [call('1', '{"q": "a"}'), call('2', '{}')];
  const events = [...callEvents(0, first, ['{"q": ', '"a"}']), ...callEvents(1, second, ['{}'])];
  return stream(...events, terminal('completed', [first, second]));
}

function textStream(status: string): Json[] {
  const item = message('msg_1', text('Hello you'), status);
  return stream(...messageEvents(0, item, ['Hello', ' you']), terminal(status, [item], 'Hello you'));
}

/** The same stream with a tool of type `mcp` in its request. */
function withMcp(events: Json[], choice: Json | string = 'auto'): Json[] {
  return events.map((event) => {
    const { response } = event;
    if (response === undefined) return event;
    const { tools, ...rest } = response as Json;
    return { ...event, response: { ...rest, tools: [...(tools as Json[]), MCP_TOOL], tool_choice: choice } };
  });
}

function mcpLoopStream(): Json[] {
  const failure = { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: 'No such place.' }] };
  const [list, answer] = [toolList('mcpl_1'), message('msg_1', text('It rains.'))];
  const first = mcpCall('mcp_1', '{"q": "Paris"}', { output: 'rain' });
  const second = mcpCall('mcp_2', '{}', { status: 'failed', error: failure });
  const [one, two] = [mcpCallEvents(1, first, ['{"q": ', '"Paris"}']), mcpCallEvents(2, second, ['{}'])];
  return withMcp(
    stream(
      ...listEvents(0, list),
      ...one.slice(0, 5),
      ...two.slice(0, 4),
      ...one.slice(5, 6),
      ...two.slice(4),
      ...one.slice(6),
      ...messageEvents(3, answer, ['It ', 'rains.']),
      terminal('completed', [list, first, second, answer], 'It rains.'),
    ),
  );
}

function approvalStream(): Json[] {
  const list = toolList('mcpl_1');
  const request = {
    type: 'mcp_approval_request',
    id: 'mcpr_1',
    arguments: '{"q": "Paris"}',
    name: 'weather',
    server_label: 'world',
  };
  return withMcp(
    stream(...listEvents(0, list), ...approvalEvents(1, request), terminal('completed', [list, request])),
    { type: 'mcp', server_label: 'world', name: 'weather' },
  );
}

function approvedCallStream(): Json[] {
  const error = { type: 'http_error', code: 504, message: 'The server did not answer in time.' };
  const fields = { approval_request_id: 'mcpr_1', status: 'failed', error };
  const [item, answer] = [mcpCall('mcp_1', '{}', fields), message('msg_1', text('pong'))];
  return withMcp(
    stream(
      ...mcpCallEvents(0, item, ['{}']),
      ...messageEvents(1, answer, ['po', 'ng']),
      terminal('completed', [item, answer], 'pong'),
    ),
    { type: 'allowed_tools', mode: 'required', tools: [{ type: 'mcp', server_label: 'world' }] },
  );
}

function cutMcpCallStream(): Json[] {
  const item = mcpCall('mcp_1', '{"q": "Pa', { status: 'incomplete' });
  return withMcp(stream(...mcpCallEvents(0, item, ['{"q": ', '"Pa']), terminal('incomplete', [item])));
}

function failedListStream(): Json[] {
  const item = { ...toolList('mcpl_1'), tools: [], error: 'The server cannot be reached.' };
  const error = { code: 'server_error', message: 'The model server returned an error.', param: null };
  return withMcp(
    stream(
      ...listEvents(0, item),
      { type: 'error', ...error, error: { type: 'server_error', ...error } },
      terminal('failed', [item]),
    ),
  );
}

/** Every sample by its name; fresh objects on each call that share nothing, for tests that change them. */
export function sampleStreams(): Record<string, Json[]> {
  return overTheWire(builtStreams()) as Record<string, Json[]>;
}

function builtStreams(): Record<string, Json[]> {
  return {
    text: textStream('completed'),
    'reasoning summary and text': reasoningStream('summary'),
    'reasoning text and text': reasoningStream('reasoning_text'),
    'open-responses reasoning and text': reasoningStream('reasoning'),
    'two parallel calls': parallelStream(),
    'two calls open at once': interleavedStream(),
    'a custom tool call': customCallStream(),
    'a patch': patchStream(),
    'commands of a shell': shellStream(),
    'a compaction': compactionStream(),
    'text and a compaction': compactedAnswerStream(),
    'sealed reasoning and text': sealedReasoningStream(),
    refusal: refusalStream(),
    'text and refusal in one message': multiPartStream(),
    incomplete: textStream('incomplete'),
    failed: failedStream(),
    logprobs: logprobStream(),
    'a list, two served calls and text': mcpLoopStream(),
    'a list and an approval request': approvalStream(),
    'an approved call and text': approvedCallStream(),
    'a served call cut off': cutMcpCallStream(),
    'a failed list': failedListStream(),
    empty: stream(terminal('completed', [])),
  };
}
