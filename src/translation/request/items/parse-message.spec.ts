import { messagesOf, refusalOf, translate } from '../../../../test/support/translation.js';

const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const ignoredOf = (input: unknown) => translate({ input }).plan.ignored;

describe('what one agent tells another', () => {
  const agentMessage = (content: unknown) => ({
    type: 'agent_message',
    id: 'amsg_1',
    author: '/root',
    recipient: '~/child',
    content,
  });
  const encrypted = (text: unknown) => ({ type: 'encrypted_content', encrypted_content: text });

  it('should reach the model with all its parts, as a message of the user', () => {
    const content = [{ type: 'input_text', text: 'Payload:\n' }, encrypted('SUBTASK nonce 42')];
    expect(messagesOf([user('a'), agentMessage(content)])).toEqual([
      user('a'),
      user('Payload:\n\nSUBTASK nonce 42'),
    ]);
    expect(ignoredOf([agentMessage(content)])).toEqual([]);
  });

  it('should be taken as plain text too', () => {
    expect(messagesOf([agentMessage('do it')])).toEqual([user('do it')]);
  });

  it('should have a note where only OpenAI can read it', () => {
    const input = [agentMessage([{ type: 'input_text', text: 'Task:' }, encrypted('gAAAAABoforeign')])];
    const [message] = messagesOf(input);
    expect(message?.content).toMatch(/^Task:\n\[Encrypted content was left out/);
    expect(message?.content).not.toContain('gAAAA');
    expect(ignoredOf(input)).toEqual(['input:encrypted_content']);
  });

  it('should not be refused for parts that nobody knows', () => {
    const input = [agentMessage([{ type: 'hologram' }, encrypted(null)])];
    expect(messagesOf(input)[0]?.content).toContain("Content of type 'hologram' was left out");
    expect(ignoredOf(input)).toEqual(['input:hologram']);
  });

  it.each([[undefined], [null], [''], [[]]])(
    'should be left out and named where it says nothing: %j',
    (content) => {
      const { chat, plan } = translate({ input: [user('a'), agentMessage(content)] });
      expect(chat.messages).toEqual([user('a')]);
      expect(plan.ignored).toEqual(['input:agent_message']);
    },
  );

  it('should be read so where it is the output of a tool', () => {
    const input = [
      user('a'),
      { type: 'function_call', call_id: 'c', name: 'wait', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [encrypted('the child says hi')] },
    ];
    expect(messagesOf(input).at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'c',
      content: 'the child says hi',
    });
  });
});

describe('messages in the form of chat completions', () => {
  it('should have their calls and outputs read', () => {
    const input = [
      user('q'),
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'why',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'c2', function: { name: 'g', arguments: { b: 2 } } },
          { id: 'c3', type: 'custom', custom: { name: 'patch', input: 'x' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'two' }] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c3', content: 'three' },
      { type: 'message', role: 'assistant', content: 'done', tool_calls: [] },
    ];
    expect(messagesOf(input)).toEqual([
      user('q'),
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'why',
        tool_calls: [
          call('c1', 'f', '{"a":1}'),
          call('c2', 'g', '{"b":2}'),
          call('c3', 'patch', '{"input":"x"}'),
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'tool', tool_call_id: 'c3', content: 'three' },
      { role: 'assistant', content: 'done' },
    ]);
  });

  it.each([
    ['calls that are no list', { tool_calls: {} }, 'input[0].tool_calls'],
    ['a call that is none', { tool_calls: ['x'] }, 'input[0].tool_calls[0]'],
    ['a call without an id', { tool_calls: [{ function: { name: 'f' } }] }, 'input[0].tool_calls[0].id'],
    ['a call of nothing', { tool_calls: [{ id: 'a' }] }, 'input[0].tool_calls[0].function'],
    [
      'a call without a name',
      { tool_calls: [{ id: 'a', function: {} }] },
      'input[0].tool_calls[0].function.name',
    ],
    [
      'arguments that are a number',
      { tool_calls: [{ id: 'a', function: { name: 'f', arguments: 1 } }] },
      'input[0].tool_calls[0].function.arguments',
    ],
  ])('should be refused with %s', (_name, fields, param) => {
    expect(refusalOf(() => messagesOf([{ role: 'assistant', content: '', ...fields }]))).toMatchObject({
      status: 400,
      param,
    });
  });

  it.each([
    ['of Responses', { type: 'function_call_output', output: 'found' }],
    ['of Responses, with null', { type: 'function_call_output', call_id: null, output: 'found' }],
    ['of a freeform tool', { type: 'custom_tool_call_output', output: 'found' }],
    ['of chat completions', { role: 'tool', content: 'found' }],
  ])('should have an output that names no call as text: %s', (_name, item) => {
    expect(messagesOf([user('q'), item])).toEqual([user('q'), user('Output of a tool call:\nfound')]);
  });
});

describe('media where a role has text alone', () => {
  it.each(['system', 'developer', 'assistant'])('should be named: %s', (role) => {
    const content = [
      { type: 'input_text', text: 'see' },
      { type: 'input_image', image_url: 'https://example.com/a.png' },
    ];
    expect(ignoredOf([{ role, content }, user('q')])).toEqual(['input:input_image']);
  });
});

describe('parts that nobody knows', () => {
  it.each([
    ['of the assistant', 'assistant'],
    ['of a tool', 'tool'],
  ])('should be noted and named in the history %s', (_whose, role) => {
    const { chat, plan } = translate({ input: [user('q'), { role, content: [{ type: 'output_audio' }] }] });
    expect(chat.messages[1]?.content).toContain("Content of type 'output_audio' was left out");
    expect(plan.ignored).toEqual(['input:output_audio']);
  });

  it('should not put an object into the reasoning', () => {
    const odd = { role: 'assistant', content: 'a', reasoning: { effort: 'low' }, reasoning_content: null };
    expect(messagesOf([user('q'), odd])[1]).toEqual({ role: 'assistant', content: 'a' });
  });
});

describe('items of types that nobody knows', () => {
  it.each([
    'multi_agent_call',
    'multi_agent_call_output',
    'context_compaction',
    'compaction_summary',
    'ghost_snapshot',
    'telepathy',
    '__proto__',
    'constructor',
  ])('should be left out and named: %s', (type) => {
    const item = JSON.parse(`{"type":"${type}","encrypted_content":"zz","id":"x"}`) as unknown;
    const { chat, plan } = translate({ input: [user('a'), item, user('b')] });
    expect(chat.messages).toEqual([user('a'), user('b')]);
    expect(plan.ignored).toEqual([`input:${type}`]);
  });

  it.each(['a\r\nset-cookie: x', 'ü', '\u{1f600}', 'a'.repeat(5000), 'a, b'])(
    'should not put just any text into a header: %j',
    (type) => {
      expect(ignoredOf([user('a'), { type }])).toEqual(['input:unknown']);
    },
  );

  it.each(['user', 'system', 'developer', 'assistant'])(
    'should be messages with a role and content: %s',
    (role) => {
      const input = [
        user('a'),
        { type: 'message_v2', role, content: [{ type: 'input_text', text: 'b' }, { type: 'new' }] },
      ];
      const { chat, plan } = translate({ input }, { systemRole: 'anywhere' });
      expect(chat.messages[1]).toMatchObject({ role: role === 'developer' ? 'system' : role });
      expect(chat.messages[1]?.content).toContain('b');
      expect(plan.ignored).toEqual(['input:new']);
    },
  );

  it.each([
    ['a role nobody knows', { role: 'oracle', content: 'b' }],
    ['content that is none', { role: 'user', content: 5 }],
    ['no content', { role: 'developer', tools: [] }],
  ])('should be left out with %s', (_name, fields) => {
    expect(ignoredOf([user('a'), { type: 'new_thing', ...fields }])).toEqual(['input:new_thing']);
  });
});

describe('references to items', () => {
  it.each([
    ['by type', { type: 'item_reference', id: 'rs_1' }],
    ['without a type', { id: 'rs_1' }],
    ['with the type null', { type: null, id: 'rs_1' }],
  ])('should be left out and named where they mean reasoning: %s', (_name, item) => {
    const { chat, plan } = translate({ input: [user('a'), item] });
    expect(chat.messages).toEqual([user('a')]);
    expect(plan.ignored).toEqual(['input:item_reference']);
  });

  it.each([
    ['by type', { type: 'item_reference', id: 'msg_1' }],
    ['without a type', { id: 'msg_1' }],
  ])('should be refused in the words that clients know where they mean anything else: %s', (_name, item) => {
    expect(refusalOf(() => messagesOf([user('a'), item]))).toMatchObject({
      status: 404,
      param: 'input',
      message: expect.stringMatching(
        /^Item with id 'msg_1' not found\..*store: false.*\(input\[1\]\)$/,
      ) as string,
    });
  });
});
