import fc from 'fast-check';
import { messagesOf, refusalOf, translate } from '../../../../test/support/translation.js';

const user = { role: 'user', content: 'q' };
const told = (...items: unknown[]) => messagesOf([user, ...items]).slice(1);
const called = (name: string, args: unknown, result: string, id = 'x') => [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }],
  },
  { role: 'tool', tool_call_id: id, content: result },
];

describe('items of tools that are not offered here', () => {
  it.each<[string, unknown[], ReturnType<typeof called>]>([
    [
      'an MCP call',
      [
        {
          type: 'mcp_call',
          id: 'x',
          server_label: 'wiki',
          name: 'ask',
          arguments: '{"q":1}',
          output: 'It is.',
        },
      ],
      called('wiki__ask', { q: 1 }, 'It is.'),
    ],
    [
      'an MCP call with an empty output',
      [{ type: 'mcp_call', id: 'x', server_label: 'wiki', name: 'ask', arguments: '{}', output: '' }],
      called('wiki__ask', {}, ''),
    ],
    [
      'an MCP call that failed',
      [
        {
          type: 'mcp_call',
          id: 'x',
          server_label: 'wiki',
          name: 'ask',
          error: { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: 'no' }] },
          status: 'failed',
        },
      ],
      called('wiki__ask', {}, 'Error: no'),
    ],
    [
      'an MCP call that failed without a word',
      [{ type: 'mcp_call', id: 'x', name: 'ask', arguments: 'not json', status: 'failed' }],
      called('ask', { input: 'not json' }, 'It failed.'),
    ],
    [
      'an MCP call that was not carried out',
      [{ type: 'mcp_call', id: 'x', server_label: null, name: 'ask', arguments: '{}', status: 'calling' }],
      called('ask', {}, 'No output: the call was not carried out.'),
    ],
    [
      'an approval',
      [
        { type: 'mcp_approval_request', id: 'x', server_label: 'wiki', name: 'ask', arguments: '{"q":1}' },
        { type: 'mcp_approval_response', id: 'y', approval_request_id: 'x', approve: true },
      ],
      called('wiki__ask', { q: 1 }, 'The user allowed this call, but it was not carried out.'),
    ],
    [
      'a refusal',
      [
        { type: 'mcp_approval_request', id: 'x', server_label: 'wiki', name: 'ask', arguments: '{}' },
        { type: 'mcp_approval_response', approval_request_id: 'x', approve: false, reason: 'Too dear.' },
      ],
      called('wiki__ask', {}, 'The user refused this call. Too dear.'),
    ],
    [
      'a web search',
      [
        {
          type: 'web_search_call',
          id: 'x',
          status: 'completed',
          action: { type: 'search', query: 'a', sources: [{ type: 'url', url: 'https://a.b' }] },
        },
      ],
      called('web_search', { type: 'search', query: 'a' }, 'https://a.b'),
    ],
    [
      'a web search without sources',
      [{ type: 'web_search_call', id: 'x', status: 'completed', action: { type: 'search', query: 'a' } }],
      called(
        'web_search',
        { type: 'search', query: 'a' },
        'It was carried out; the result is not in this history.',
      ),
    ],
    [
      'a file search',
      [
        {
          type: 'file_search_call',
          id: 'x',
          queries: ['a'],
          results: [{ filename: 'f.txt', text: 'A.', score: 1 }],
        },
      ],
      called('file_search', { queries: ['a'] }, 'f.txt:\nA.'),
    ],
    [
      'an interpreter',
      [
        {
          type: 'code_interpreter_call',
          id: 'x',
          code: 'print(1)',
          outputs: [
            { type: 'logs', logs: '1' },
            { type: 'image', url: 'http://127.0.0.1/' },
          ],
        },
      ],
      called('code_interpreter', { code: 'print(1)' }, '1\n[An image]'),
    ],
    [
      'an image that was made',
      [
        {
          type: 'image_generation_call',
          id: 'x',
          revised_prompt: 'a cat',
          result: 'AAAA',
          status: 'completed',
        },
      ],
      called('image_generation', { prompt: 'a cat' }, 'An image was generated.'),
    ],
    [
      'an image that was not',
      [{ type: 'image_generation_call', id: 'x', revised_prompt: 'a cat', result: null, status: 'failed' }],
      called('image_generation', { prompt: 'a cat' }, 'It failed.'),
    ],
    [
      'a local shell',
      [
        { type: 'local_shell_call', id: 'i', call_id: 'x', action: { type: 'exec', command: ['ls'] } },
        { type: 'local_shell_call_output', id: 'x', output: 'a.txt' },
      ],
      called('local_shell', { command: ['ls'] }, 'a.txt'),
    ],
    [
      'a shell',
      [
        { type: 'shell_call', call_id: 'x', action: { commands: ['ls', 'false'] } },
        {
          type: 'shell_call_output',
          call_id: 'x',
          output: [
            { stdout: 'a.txt', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
            { stdout: '', stderr: 'no', outcome: { type: 'exit', exit_code: 1 } },
          ],
        },
      ],
      called('shell', { commands: ['ls', 'false'] }, 'a.txt\nno\n{"type":"exit","exit_code":1}'),
    ],
    [
      'a patch',
      [
        { type: 'apply_patch_call', call_id: 'x', operation: { type: 'delete_file', path: 'a' } },
        { type: 'apply_patch_call_output', call_id: 'x', status: 'failed' },
      ],
      called('apply_patch', { type: 'delete_file', path: 'a' }, 'failed'),
    ],
    [
      'a program',
      [
        { type: 'program', id: 'p', call_id: 'x', code: '1+1' },
        { type: 'program_output', id: 'o', call_id: 'x', result: '2' },
      ],
      called('program', { code: '1+1' }, '2'),
    ],
  ])('should be told as calls and results: %s', (_name, items, expected) => {
    const { chat, plan } = translate({ input: [user, ...items] });
    expect(chat.messages.slice(1)).toEqual(expected);
    expect(plan.ignored).toEqual([]);
  });

  it('should show a screenshot', () => {
    const image_url = 'data:image/png;base64,AAAA';
    const items = [
      { type: 'computer_call', call_id: 'x', action: { type: 'screenshot' } },
      { type: 'computer_call_output', call_id: 'x', output: { type: 'computer_screenshot', image_url } },
    ];
    expect(told(...items)).toEqual([
      ...called('computer', { type: 'screenshot' }, ''),
      { role: 'user', content: [{ type: 'image_url', image_url: { url: image_url } }] },
    ]);
  });

  it('should not show one from a private address', () => {
    const output = { type: 'computer_screenshot', image_url: 'http://169.254.169.254/' };
    expect(refusalOf(() => told({ type: 'computer_call_output', call_id: 'x', output }))).toMatchObject({
      code: 'invalid_image_url',
      param: 'input[1].output.image_url',
    });
  });

  it('should leave out what an MCP server offered, and name it', () => {
    const { chat, plan } = translate({
      input: [user, { type: 'mcp_list_tools', id: 'x', server_label: 'a', tools: [] }],
    });
    expect(chat.messages).toEqual([user]);
    expect(plan.ignored).toEqual(['input:mcp_list_tools']);
  });

  it('should never be refused, whatever is in them', () => {
    const type = fc.constantFrom(
      ...'web_search_call file_search_call computer_call computer_call_output code_interpreter_call image_generation_call local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output mcp_list_tools mcp_call mcp_approval_request mcp_approval_response program program_output configuration_update'.split(
        ' ',
      ),
    );
    const field = fc.constantFrom(
      ...'id call_id name arguments server_label action actions operation output outputs results queries code result error status approve reason approval_request_id'.split(
        ' ',
      ),
    );
    const value = fc.oneof(fc.constant('x'), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>);
    fc.assert(
      fc.property(type, fc.dictionary(field, value), (name, fields) => {
        const { chat, plan } = translate({
          input: [user, { ...fields, type: name }, { role: 'user', content: 'r' }],
        });
        expect(plan.ignored.length + chat.messages.length).toBeGreaterThan(2);
      }),
    );
  });
});
