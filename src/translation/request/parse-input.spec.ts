import { messagesOf, refusalOf, translate } from '../../../test/support/translation.js';

const user = (content: unknown) => ({ type: 'message', role: 'user', content });

describe('the input of a request', () => {
  it('should take a string as the text of the user', () => {
    expect(messagesOf('hello')).toEqual([{ role: 'user', content: 'hello' }]);
  });

  it('should take an empty string', () => {
    expect(messagesOf('')).toEqual([{ role: 'user', content: '' }]);
  });

  it('should take a message whose content is a string', () => {
    expect(messagesOf([user('hello')])).toEqual([{ role: 'user', content: 'hello' }]);
  });

  it('should take a message without a type', () => {
    expect(messagesOf([{ role: 'user', content: 'hello' }])).toEqual([{ role: 'user', content: 'hello' }]);
    expect(messagesOf([{ type: null, role: 'user', content: 'hello' }])).toEqual([
      { role: 'user', content: 'hello' },
    ]);
  });

  it('should take a message without content as an empty one', () => {
    expect(messagesOf([user(null)])).toEqual([{ role: 'user', content: '' }]);
    expect(messagesOf([{ type: 'message', role: 'user' }])).toEqual([{ role: 'user', content: '' }]);
  });

  it.each([5, '', [], {}])('should refuse an item whose type is %j, which could not be stored', (type) => {
    const refusal = refusalOf(() => messagesOf([user('q'), { type, role: 'user', content: 'x' }]));
    expect(refusal).toMatchObject({ status: 400, param: 'input[1].type' });
  });

  it('should join text parts line by line', () => {
    const parts = [
      { type: 'input_text', text: 'one' },
      { type: 'text', text: 'two' },
    ];
    expect(messagesOf([user(parts)])).toEqual([{ role: 'user', content: 'one\ntwo' }]);
  });

  it.each([
    ['output_text', { type: 'output_text', text: 'said' }],
    ['output_text without annotations, with logprobs', { type: 'output_text', text: 'said', logprobs: [] }],
    ['refusal', { type: 'refusal', refusal: 'said' }],
    ['text', { type: 'text', text: 'said' }],
  ])('should take an assistant message of %s', (_name, part) => {
    expect(
      messagesOf([user('q'), { type: 'message', role: 'assistant', content: [part] }, user('r')]),
    ).toEqual([
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'said' },
      { role: 'user', content: 'r' },
    ]);
  });

  it('should take a part whose text is missing as an empty one', () => {
    expect(messagesOf([user([{ type: 'input_text' }, { type: 'input_text', text: null }])])).toEqual([
      { role: 'user', content: '\n' },
    ]);
  });

  describe('images', () => {
    it('should become image_url parts, with their texts in order', () => {
      const parts = [
        { type: 'input_text', text: 'before' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
        { type: 'input_text', text: 'after' },
      ];
      expect(messagesOf([user(parts)])).toEqual([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'before' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
            { type: 'text', text: 'after' },
          ],
        },
      ]);
    });

    it.each([
      ['low', 'low'],
      ['high', 'high'],
      ['auto', 'auto'],
      ['original', 'high'],
    ])('should ask for the detail %s as %s', (detail, sent) => {
      const part = { type: 'input_image', image_url: 'https://example.com/a.png', detail };
      expect(messagesOf([user([part])])).toEqual([
        { role: 'user', content: [{ type: 'image_url', image_url: { url: part.image_url, detail: sent } }] },
      ]);
    });

    it('should be taken in the form of chat completions', () => {
      const part = { type: 'image_url', image_url: { url: 'http://example.com/a.png', detail: 'low' } };
      expect(messagesOf([user([part])])).toEqual([{ role: 'user', content: [part] }]);
    });

    it('should take the nested form under the type input_image too', () => {
      const part = { type: 'input_image', image_url: { url: 'http://example.com/a.png' } };
      expect(messagesOf([user([part])])).toEqual([
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://example.com/a.png' } }] },
      ]);
    });

    it.each([
      ['no url', {}, 'input[0].content[0].image_url'],
      ['an empty url', { image_url: '' }, 'input[0].content[0].image_url'],
      ['a number', { image_url: 5 }, 'input[0].content[0].image_url'],
      ['a nested number', { image_url: { url: 5 } }, 'input[0].content[0].image_url.url'],
      ['an unknown detail', { image_url: 'http://a/b.png', detail: 'huge' }, 'input[0].content[0].detail'],
    ])('should be refused with %s', (_name, fields, param) => {
      const refusal = refusalOf(() => messagesOf([user([{ type: 'input_image', ...fields }])]));
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_request', param });
    });

    it.each([
      ['a url of a file', 'file:///etc/passwd'],
      ['a data url that is no image', 'data:text/html,x'],
    ])('should be refused with %s', (_name, url) => {
      const refusal = refusalOf(() => messagesOf([user([{ type: 'input_image', image_url: url }])]));
      expect(refusal).toMatchObject({ code: 'invalid_image_url', param: 'input[0].content[0].image_url' });
    });

    it('should be refused by file_id, for files are not stored', () => {
      const refusal = refusalOf(() => messagesOf([user([{ type: 'input_image', file_id: 'file-1' }])]));
      expect(refusal).toMatchObject({ code: 'unsupported_value', param: 'input[0].content[0].file_id' });
    });
  });

  describe('calls and their outputs', () => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'search', arguments: '{"q":"a"}' };
    const toolCall = (argumentsText: string, name = 'search') => ({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: argumentsText } }],
    });
    const output = (value: unknown) => ({ type: 'function_call_output', call_id: 'call_1', output: value });

    it('should become a tool call and its tool message', () => {
      expect(messagesOf([user('q'), call, output('found')])).toEqual([
        { role: 'user', content: 'q' },
        toolCall('{"q":"a"}'),
        { role: 'tool', tool_call_id: 'call_1', content: 'found' },
      ]);
    });

    it.each([
      ['empty text', '', '{}'],
      ['blank text', ' \n', '{}'],
      ['null', null, '{}'],
      ['nothing', undefined, '{}'],
      ['an object', { q: 'a' }, '{"q":"a"}'],
      ['cut JSON', '{"q":', '{"input":"{\\"q\\":"}'],
      ['plain text', 'ls', '{"input":"ls"}'],
      ['a JSON string', '"ls"', '{"input":"\\"ls\\""}'],
      ['a JSON list', '[1]', '{"input":"[1]"}'],
      ['JSON null', 'null', '{"input":"null"}'],
      ['numbers that doubles cannot hold', '{"n":12345678901234567890}', '{"n":12345678901234567890}'],
    ])('should always send arguments that are a JSON object: %s', (_name, given, sent) => {
      const messages = messagesOf([user('q'), { ...call, arguments: given }, output('x')]);
      expect(messages[1]).toEqual(toolCall(sent));
    });

    it.each([
      ['text', 'found', 'found'],
      ['null', null, ''],
      ['nothing', undefined, ''],
      ['an object', { ok: true }, '{"ok":true}'],
      [
        'text parts',
        [
          { type: 'input_text', text: 'a' },
          { type: 'output_text', text: 'b' },
        ],
        'a\nb',
      ],
    ])('should take an output that is %s', (_name, given, sent) => {
      expect(messagesOf([user('q'), call, output(given)]).at(-1)).toEqual({
        role: 'tool',
        tool_call_id: 'call_1',
        content: sent,
      });
    });

    it('should take a custom call as a function with one text', () => {
      const items = [
        user('q'),
        { type: 'custom_tool_call', call_id: 'call_1', name: 'apply_patch', input: '*** Begin' },
        { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
      ];
      expect(messagesOf(items)).toEqual([
        { role: 'user', content: 'q' },
        toolCall('{"input":"*** Begin"}', 'apply_patch'),
        { role: 'tool', tool_call_id: 'call_1', content: 'done' },
      ]);
    });

    it('should know a call by its id where it has no call_id', () => {
      const items = [user('q'), { type: 'function_call', id: 'call_1', name: 'search' }, output('x')];
      expect(messagesOf(items)[1]).toEqual(toolCall('{}'));
    });

    it('should flatten the namespace of a call into its name', () => {
      const items = [user('q'), { ...call, namespace: 'web' }, output('x')];
      expect(messagesOf(items)[1]).toEqual(toolCall('{"q":"a"}', 'web__search'));
    });

    it.each([
      ['a call without name', { ...call, name: undefined }, 'input[1].name'],
      ['a call without any id', { ...call, call_id: undefined }, 'input[1].call_id'],
      ['arguments that are a number', { ...call, arguments: 5 }, 'input[1].arguments'],
      [
        'an output whose call_id is a number',
        { type: 'function_call_output', call_id: 5, output: 'x' },
        'input[1].call_id',
      ],
      ['a search with an empty call_id', { type: 'tool_search_call', call_id: '' }, 'input[1].call_id'],
      [
        'what a search with an empty call_id has found',
        { type: 'tool_search_output', call_id: '', tools: [] },
        'input[1].call_id',
      ],
      ['an output that is a number', output(5), 'input[1].output'],
      ['an output with a bad part', output([{ type: 'input_text', text: 5 }]), 'input[1].output[0].text'],
      [
        'a custom call whose input is a list',
        { type: 'custom_tool_call', call_id: 'a', name: 'b', input: [] },
        'input[1].input',
      ],
    ])('should refuse %s', (_name, item, param) => {
      expect(refusalOf(() => messagesOf([user('q'), item]))).toMatchObject({ status: 400, param });
    });
  });

  describe('reasoning', () => {
    const answer = { type: 'message', role: 'assistant', content: 'a' };
    const reasoning = (fields: Record<string, unknown>) => [
      user('q'),
      { type: 'reasoning', ...fields },
      answer,
    ];

    it.each([
      ['raw content', { summary: [], content: [{ type: 'reasoning_text', text: 'why' }] }],
      ['a summary', { summary: [{ type: 'summary_text', text: 'why' }] }],
      [
        'content before the summary',
        {
          summary: [{ type: 'summary_text', text: 'short' }],
          content: [{ type: 'reasoning_text', text: 'why' }],
        },
      ],
      ['content null', { summary: [{ type: 'summary_text', text: 'why' }], content: null }],
      [
        'a foreign blob beside it',
        { summary: [{ type: 'summary_text', text: 'why' }], encrypted_content: 'blob' },
      ],
    ])('should be sent back: %s', (_name, fields) => {
      expect(messagesOf(reasoning(fields))[1]).toEqual({
        role: 'assistant',
        content: 'a',
        reasoning_content: 'why',
      });
    });

    it('should leave nothing behind when it holds nothing that can be read', () => {
      const items = reasoning({ summary: [], encrypted_content: 'blob', content: null });
      expect(messagesOf(items)[1]).toEqual({ role: 'assistant', content: 'a' });
    });

    it('should use the field of the profile', () => {
      const items = reasoning({ summary: [{ type: 'summary_text', text: 'why' }] });
      expect(messagesOf(items, { reasoningField: 'reasoning' })[1]).toEqual({
        role: 'assistant',
        content: 'a',
        reasoning: 'why',
      });
      expect(messagesOf(items, { reasoningField: null })[1]).toEqual({ role: 'assistant', content: 'a' });
    });

    it('should name the part that is wrong', () => {
      const refusal = refusalOf(() =>
        messagesOf(reasoning({ summary: [{ type: 'summary_text', text: 1 }] })),
      );
      expect(refusal.param).toBe('input[1].summary[0].text');
    });
  });

  describe('items that a model cannot be told', () => {
    it.each([
      'web_search_call',
      'file_search_call',
      'computer_call',
      'computer_call_output',
      'code_interpreter_call',
      'image_generation_call',
      'mcp_list_tools',
      'mcp_call',
      'mcp_approval_request',
      'mcp_approval_response',
    ])('should leave %s out and say so', (type) => {
      const { chat, plan } = translate({ input: [user('q'), { type, id: 'x' }] });
      expect(chat.messages).toEqual([{ role: 'user', content: 'q' }]);
      expect(plan.ignored).toContain(`input:${type}`);
    });
  });

  it.each([
    ['only items that are left out', [{ type: 'web_search_call', id: 'x' }]],
    ['an empty message of the assistant', [{ role: 'assistant', content: '' }]],
    ['reasoning that nobody can read', [{ type: 'reasoning', summary: [] }]],
  ])('should be refused where nothing of it is left to be sent: %s', (_name, input) => {
    expect(refusalOf(() => messagesOf(input))).toMatchObject({ status: 400, param: 'input' });
  });

  describe('what is wrong', () => {
    it.each([
      ['nothing', undefined, 'input'],
      ['null', null, 'input'],
      ['a number', 5, 'input'],
      ['an object', {}, 'input'],
      ['no item', [], 'input'],
      ['an item that is text', ['hello'], 'input[0]'],
      ['an item that is null', [null], 'input[0]'],
      ['an item that is a list', [[]], 'input[0]'],
      ['an item without type and role', [{}], 'input[0].type'],
      ['an item whose type is a number', [{ type: 5 }], 'input[0].type'],
      ['an unknown role', [{ role: 'oracle', content: 'x' }], 'input[0].role'],
      ['a role that is a number', [{ type: 'message', role: 5, content: 'x' }], 'input[0].role'],
      ['no role', [{ type: 'message', content: 'x' }], 'input[0].role'],
      ['content that is a number', [user(5)], 'input[0].content'],
      ['content that is an object', [user({})], 'input[0].content'],
      ['a part that is text', [user(['x'])], 'input[0].content[0]'],
      ['a part that is null', [user([null])], 'input[0].content[0]'],
      ['a part without a type', [user([{ text: 'x' }])], 'input[0].content[0].type'],
      ['a part of an unknown type', [user([{ type: 'smell' }])], 'input[0].content[0].type'],
      ['text that is a number', [user([{ type: 'input_text', text: 5 }])], 'input[0].content[0].text'],
      [
        'the second part of the third item',
        [
          user('a'),
          user('b'),
          user([
            { type: 'input_text', text: 'x' },
            { type: 'input_text', text: [] },
          ]),
        ],
        'input[2].content[1].text',
      ],
      [
        'a refusal that is a list',
        [{ role: 'assistant', content: [{ type: 'refusal', refusal: [] }] }],
        'input[0].content[0].refusal',
      ],
    ])('should be refused with its path: %s', (_name, input, param) => {
      const refusal = refusalOf(() => messagesOf(input));
      expect(refusal).toMatchObject({ status: 400, param });
      expect(refusal.code).toMatch(/^(?:invalid_request|missing_required_parameter)$/);
    });

    it('should refuse a file without data as not supported', () => {
      expect(refusalOf(() => messagesOf([user([{ type: 'input_file' }])]))).toMatchObject({
        status: 400,
        code: 'unsupported_value',
        param: 'input[0].content[0]',
      });
    });

    it('should refuse a reference to an item, for items are not stored', () => {
      expect(refusalOf(() => messagesOf([user('q'), { type: 'item_reference', id: 'msg_1' }]))).toMatchObject(
        {
          status: 404,
          code: 'item_not_found',
          param: 'input',
        },
      );
    });
  });
});
