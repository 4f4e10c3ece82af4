import { arrayOf, recordOf, type Json } from './json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from './lifecycle-oracle.js';
import { everywhere, inDoneItems, itemsSwapped, renumbered, survivors } from './mutants.js';
import { sampleStreams, USAGE } from './sample-streams.js';

const LOOP = 'a list, two served calls and text';
const APPROVAL = 'a list and an approval request';
const APPROVED = 'an approved call and text';
const CUT = 'a served call cut off';
const FAILED_LIST = 'a failed list';

const ERROR = { type: 'mcp_protocol_error', code: -32_602, message: 'Unknown tool.' };
const COMPLETED = { status: 'completed', completed_at: 1_795_337_549, usage: USAGE, error: null };

type Change = (event: Json) => Json | Json[];

/** The sample with another event, other events or none in the place of those of a type. */
function replaced(name: string, type: string, change: Change): Json[] {
  const events = sampleStreams()[name]!;
  return renumbered(
    events.flatMap<Json>((event) => (event.type === `response.${type}` ? change(event) : event)),
  );
}

/** The sample with its events in the order of these indices, of which the others follow. */
function inOrder(name: string, ...indices: number[]): Json[] {
  const events = sampleStreams()[name]!;
  const others = events.filter((_, index) => !indices.includes(index));
  const end = Math.min(...indices);
  return renumbered([
    ...others.slice(0, end),
    ...indices.map((index) => events[index]!),
    ...others.slice(end),
  ]);
}

/** The sample with the response changed in every event that has it. */
function inResponses(name: string, change: (response: Json) => Json): Json[] {
  return sampleStreams()[name]!.map((event) =>
    'response' in event ? { ...event, response: change(recordOf(event.response)) } : event,
  );
}

function doneItem(name: string, index: number): Json {
  return recordOf(arrayOf(recordOf(sampleStreams()[name]!.at(-1)?.response).output)[index]);
}

/** The sample with an item that has these fields when it is added. */
function addedAs(name: string, index: number, fields: Json): Json[] {
  return replaced(name, 'output_item.added', (event) =>
    event.output_index === index ? { ...event, item: { ...recordOf(event.item), ...fields } } : event,
  );
}

function withTool(fields: Json): Json[] {
  return inResponses(LOOP, (response) => {
    const [first, tool] = arrayOf(response.tools);
    return { ...response, tools: [first, { ...recordOf(tool), ...fields }] };
  });
}

/** The sample with another end. */
function ended(name: string, status: string, fields: Json): Json[] {
  const events = sampleStreams()[name]!.filter(({ type }) => type !== 'error');
  const last = events.at(-1)!;
  const response = { ...recordOf(last.response), status, ...fields };
  return renumbered([...events.slice(0, -1), { ...last, type: `response.${status}`, response }]);
}

describe('mutations of tools that the gateway runs', () => {
  it.each<[string, () => Json[]]>([
    ['a list without in_progress', () => replaced(LOOP, 'mcp_list_tools.in_progress', () => [])],
    [
      'a list that is neither completed nor failed',
      () => replaced(LOOP, 'mcp_list_tools.completed', () => []),
    ],
    ['a list that is completed before it is in progress', () => inOrder(LOOP, 4, 3)],
    [
      'a list that is completed twice',
      () => replaced(LOOP, 'mcp_list_tools.completed', (event) => [event, event]),
    ],
    [
      'a list with tools that has failed',
      () => everywhere(LOOP, 'list_tools.completed', 'list_tools.failed'),
    ],
    ['a failed list that says completed', () => everywhere(FAILED_LIST, 'tools.failed', 'tools.completed')],
    ['a failed list with tools', () => inDoneItems(FAILED_LIST, 0, { tools: doneItem(LOOP, 0).tools })],
    [
      'a list that is added with its error',
      () => addedAs(FAILED_LIST, 0, { error: 'The server cannot be reached.' }),
    ],
    ['a failed list with an empty error', () => everywhere(FAILED_LIST, 'The server cannot be reached.', '')],
    ['an error on a list that has not failed', () => inDoneItems(LOOP, 0, { error: 'It is slow.' })],
    ['a failed list in a completed response', () => ended(FAILED_LIST, 'completed', COMPLETED)],
    ['a list that is added with its tools', () => addedAs(LOOP, 0, { tools: doneItem(LOOP, 0).tools })],
    [
      'a list with a status',
      () => everywhere(LOOP, '"mcpl_1","server', '"mcpl_1","status":"completed","server'),
    ],
    ['a list after another item', () => itemsSwapped(APPROVAL)],
    ['an event between those of a list', () => inOrder(LOOP, 3, 6, 4)],
    ['an item that begins within a list', () => inOrder(APPROVAL, 2, 6, 3)],
    ['a listed tool without its schema', () => everywhere(LOOP, '"input_schema":{"type":"object"},', '')],
    [
      "a listed tool with the server's own annotations",
      () => everywhere(LOOP, '"read_only":true}}]', '"readOnlyHint":true}}]'),
    ],
    ['a list of no server', () => everywhere(APPROVAL, '"server_label":"world"', '"server_label":""')],
    ['a list id of the wrong prefix', () => everywhere(LOOP, 'mcpl_1', 'mcp_9')],

    ['a call that is added with its arguments', () => addedAs(LOOP, 1, { arguments: '{}' })],
    ['a call that is added with its output', () => addedAs(LOOP, 1, { output: 'rain' })],
    ['a call that is added with its error', () => addedAs(LOOP, 2, { error: ERROR })],
    ['a call that is added as called', () => addedAs(LOOP, 1, { status: 'calling' })],
    ['a call without in_progress', () => replaced(APPROVED, 'mcp_call.in_progress', () => [])],
    [
      'a call that is in progress twice',
      () => replaced(APPROVED, 'mcp_call.in_progress', (event) => [event, event]),
    ],
    ['a call whose arguments come before it is in progress', () => inOrder(APPROVED, 2, 4, 3)],
    ['a call without a delta', () => replaced(APPROVED, 'mcp_call_arguments.delta', () => [])],
    [
      'a call without deltas and arguments',
      () =>
        replaced(APPROVED, 'mcp_call_arguments.delta', () => []).map(
          (event) =>
            JSON.parse(JSON.stringify(event).replaceAll('"arguments":"{}"', '"arguments":""')) as Json,
        ),
    ],
    ['a call whose arguments were never done', () => replaced(APPROVED, 'mcp_call_arguments.done', () => [])],
    [
      'other arguments than the deltas were',
      () => replaced(APPROVED, 'mcp_call_arguments.done', (event) => ({ ...event, arguments: '{"q": 1}' })),
    ],
    ['other arguments in the done call', () => inDoneItems(LOOP, 1, { arguments: '{}' })],
    ['a call that is over before its arguments are', () => inOrder(APPROVED, 6, 5)],
    ['a delta after the call was over', () => inOrder(APPROVED, 5, 6, 4)],
    ['a call that is neither completed nor failed', () => replaced(APPROVED, 'mcp_call.failed', () => [])],
    [
      'a failed call that says completed',
      () => everywhere(APPROVED, 'mcp_call.failed', 'mcp_call.completed'),
    ],
    ['a call that is over twice', () => replaced(APPROVED, 'mcp_call.failed', (event) => [event, event])],
    ['a call that is done while it is called', () => inDoneItems(LOOP, 1, { status: 'calling' })],
    ['a call that is done in progress', () => inDoneItems(LOOP, 1, { status: 'in_progress' })],
    ['a completed call without output', () => inDoneItems(LOOP, 1, { output: null })],
    ['a completed call with an error', () => inDoneItems(LOOP, 1, { error: ERROR })],
    ['a failed call without error', () => inDoneItems(LOOP, 2, { error: null })],
    ['a failed call with output', () => inDoneItems(LOOP, 2, { output: 'rain' })],
    ['an error that is a text', () => inDoneItems(LOOP, 2, { error: 'No such place.' })],
    ['an error of an unknown type', () => inDoneItems(LOOP, 2, { error: { ...ERROR, type: 'tool_error' } })],
    ['an error without its code', () => inDoneItems(LOOP, 2, { error: { ...ERROR, code: undefined } })],
    ['an error that says more', () => inDoneItems(LOOP, 2, { error: { ...ERROR, data: {} } })],
    ['an incomplete call with output', () => inDoneItems(CUT, 0, { output: 'rain' })],
    ['an incomplete call with an error', () => inDoneItems(CUT, 0, { error: ERROR })],
    [
      'an incomplete call that says completed',
      () =>
        replaced(CUT, 'output_item.done', (event) => [
          { type: 'response.mcp_call.completed', item_id: 'mcp_1', output_index: 0 },
          event,
        ]),
    ],
    [
      'an incomplete call that says failed',
      () =>
        replaced(CUT, 'output_item.done', (event) => [
          {
            type: 'response.mcp_call_arguments.done',
            item_id: 'mcp_1',
            output_index: 0,
            arguments: '{"q": "Pa',
          },
          { type: 'response.mcp_call.failed', item_id: 'mcp_1', output_index: 0 },
          event,
        ]),
    ],
    ['an incomplete call that was never in progress', () => replaced(CUT, 'mcp_call.in_progress', () => [])],
    [
      'an incomplete call in a completed response',
      () => ended(CUT, 'completed', { ...COMPLETED, incomplete_details: null }),
    ],
    ['a completed call with cut arguments', () => everywhere(LOOP, '\\"Paris\\"}', '\\"Par')],
    ['a call with a call_id', () => everywhere(LOOP, '"id":"mcp_1"', '"id":"mcp_1","call_id":"call_1"')],
    ['a call without approval_request_id', () => everywhere(LOOP, '"approval_request_id":null,', '')],
    ['an approval that is no id of a request', () => everywhere(APPROVED, 'mcpr_1', 'yes')],
    [
      'another approval in done than in added',
      () => inDoneItems(APPROVED, 0, { approval_request_id: 'mcpr_2' }),
    ],
    ['another server in done than in added', () => inDoneItems(LOOP, 1, { server_label: 'moon' })],
    ['another name in done than in added', () => inDoneItems(LOOP, 1, { name: 'climate' })],
    ['a call without a name', () => everywhere(LOOP, '"name":"weather","output"', '"name":"","output"')],
    ['a call id of the wrong prefix', () => everywhere(LOOP, 'mcp_1', 'fc_1')],
    [
      'the events of a call of the client',
      () => everywhere(LOOP, 'mcp_call_arguments', 'function_call_arguments'),
    ],
    ['half a character in a delta', () => everywhere(LOOP, 'Paris', 'P\ud83d')],

    [
      'an event between those of an approval request',
      () =>
        renumbered([
          ...sampleStreams()[APPROVAL]!.slice(0, 7),
          ...sampleStreams().text!.slice(2, 3),
          ...sampleStreams()[APPROVAL]!.slice(7),
        ]),
    ],
    ['an approval request that is added without arguments', () => addedAs(APPROVAL, 1, { arguments: '' })],
    ['an approval request without arguments', () => everywhere(APPROVAL, '{\\"q\\": \\"Paris\\"}', '')],
    ['an approval request with cut arguments', () => everywhere(APPROVAL, '\\"Paris\\"}', '\\"Par')],
    ['other arguments in the done request', () => inDoneItems(APPROVAL, 1, { arguments: '{}' })],
    [
      'an approval request with a status',
      () => everywhere(APPROVAL, '"mcpr_1"', '"mcpr_1","status":"completed"'),
    ],
    ['an approval request id of the wrong prefix', () => everywhere(APPROVAL, 'mcpr_1', 'mcp_1')],
    [
      'events of a call for a message',
      () =>
        replaced('text', 'content_part.added', (event) => [
          { type: 'response.mcp_call.in_progress', item_id: 'msg_1', output_index: 0 },
          event,
        ]),
    ],
    [
      'events of a call for an approval request',
      () =>
        replaced(APPROVAL, 'output_item.done', (event) =>
          event.output_index === 1
            ? [{ type: 'response.mcp_call.in_progress', item_id: 'mcpr_1', output_index: 1 }, event]
            : event,
        ),
    ],
    [
      'an approval request in an incomplete response',
      () =>
        ended(APPROVAL, 'incomplete', {
          completed_at: null,
          incomplete_details: { reason: 'max_output_tokens' },
        }),
    ],

    ['a token in the echo of a tool', () => withTool({ authorization: 'secret' })],
    ['an empty token in the echo of a tool', () => withTool({ authorization: null })],
    ['headers in the echo of a tool', () => withTool({ headers: { 'x-api-key': 'secret' } })],
    [
      'a token in the echo of a tool within another',
      () =>
        inResponses(LOOP, (response) => ({
          ...response,
          tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'mcp', authorization: 'secret' }] }],
        })),
    ],
    [
      'headers in the echo of a tool of another type',
      () =>
        inResponses(LOOP, (response) => ({ ...response, tools: [{ type: 'x', headers: { cookie: 'a' } }] })),
    ],
    [
      'a password in the URL of a server',
      () => withTool({ server_url: 'https://me:secret@world.example/mcp' }),
    ],
    [
      'a query in the URL of a server',
      () => withTool({ server_url: 'https://world.example/mcp?key=secret' }),
    ],
    ['the echo of a tool without its label', () => withTool({ server_label: '' })],
    [
      'the echo of a tool that does not say what needs approval',
      () => withTool({ require_approval: undefined }),
    ],
    ['an unknown word for what needs approval', () => withTool({ require_approval: 'sometimes' })],
    ['an unknown filter of what needs approval', () => withTool({ require_approval: { mostly: {} } })],
    ['an unknown filter of tools', () => withTool({ allowed_tools: { names: ['weather'] } })],
    ['an unknown field in the echo of a tool', () => withTool({ secret: 'x' })],
    [
      'a choice of no server',
      () => everywhere(APPROVAL, '"mcp","server_label":"world","name"', '"mcp","name"'),
    ],
    [
      'an allowed tool of no server',
      () =>
        everywhere(APPROVED, '"tools":[{"type":"mcp","server_label":"world"}]', '"tools":[{"type":"mcp"}]'),
    ],
  ])('should reject %s', (_, mutate) => {
    const samples = Object.values(sampleStreams()).map((events) => JSON.stringify(events));
    expect(samples).not.toContain(JSON.stringify(mutate()));
    expect(survivors([['mutant', mutate()]])).toEqual([]);
  });

  it('should reject a response that is over before its call is', () => {
    const response = recordOf(inDoneItems(CUT, 0, { status: 'calling' }).at(-1)?.response);
    expect(() => {
      checkResponse(response);
    }).toThrow('(1 violation):\n  status of a done mcp_call is "calling"');
  });

  it('should reject tools that are listed twice', () => {
    const { output: items, ...response } = recordOf(sampleStreams()[APPROVAL]!.at(-1)?.response);
    const [list, request] = arrayOf(items);
    const output = [list, { ...recordOf(list), id: 'mcpl_2' }, request];
    expect(() => {
      checkResponse({ ...response, output });
    }).toThrow('(1 violation):\n  the tools of a server are listed twice');
  });
});

describe('streams of tools that the gateway runs', () => {
  it.each([
    ['two lists', withSecondList()],
    [
      'the whole address of a tool as its client may know it',
      withTool({ connector_id: 'connector_x', defer_loading: true }),
    ],
    [
      'a tool of a server of CONFIG_FILE',
      withTool({ server_url: null, require_approval: 'always', allowed_tools: null }),
    ],
    ['a failed response with an approval request', failedAfterApproval()],
    [
      'a call that is cut off before its arguments begin',
      everywhere(CUT, '{\\"q\\": \\"Pa', '').filter(({ type }) => !String(type).includes('arguments')),
    ],
    [
      'a call that is not run',
      replaced(CUT, 'output_item.done', (event) => [
        {
          type: 'response.mcp_call_arguments.done',
          item_id: 'mcp_1',
          output_index: 0,
          arguments: '{"q": "Pa',
        },
        event,
      ]),
    ],
    ['a failed call whose arguments are no JSON', everywhere(APPROVED, '"{}"', '"{"')],
    ['a protocol error', inDoneItems(LOOP, 2, { error: ERROR })],
    ['a tool of which nothing is known', everywhere(LOOP, '{"read_only":true}}]', 'null}]')],
    ['an output without text', inDoneItems(LOOP, 1, { output: '' })],
  ])('should accept %s', (_, events) => {
    expect(() => {
      checkLifecycle(renumbered(events));
    }).not.toThrow();
  });

  it('should fold to what the server has said and the model has written', () => {
    const events = sampleStreams()[LOOP]!.filter(({ type }) => /added|delta|item\.done/.test(String(type)));
    expect(foldStream(events)).toEqual(recordOf(sampleStreams()[LOOP]!.at(-1)?.response).output);
  });

  it('should normalise the id of an approval like that of its request', () => {
    expect(normaliseIds([{ id: 'mcpr_a' }, { approval_request_id: 'mcpr_a' }])).toEqual([
      { id: '<mcpr 1>' },
      { approval_request_id: '<mcpr 1>' },
    ]);
  });
});

/** The list of a second server in the place of the approval request. */
function withSecondList(): Json[] {
  const events = sampleStreams()[APPROVAL]!;
  const second = JSON.parse(
    JSON.stringify(events.slice(2, 6))
      .replaceAll('mcpl_1', 'mcpl_2')
      .replaceAll('"world"', '"moon"')
      .replaceAll('"output_index":0', '"output_index":1'),
  ) as Json[];
  const last = events.at(-1)!;
  const response = recordOf(last.response);
  const output = [arrayOf(response.output)[0], second.at(-1)!.item];
  return [...events.slice(0, 6), ...second, { ...last, response: { ...response, output } }];
}

function failedAfterApproval(): Json[] {
  const error = sampleStreams().failed!.at(-2)!;
  const { code, message } = error;
  const events = ended(APPROVAL, 'failed', { completed_at: null, usage: null, error: { code, message } });
  return [...events.slice(0, -1), error, ...events.slice(-1)];
}
