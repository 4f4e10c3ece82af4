import type { CreateResponseBody } from '../../../contracts/responses-request.js';
import { functionTool, refusalOf, translate } from '../../../../test/support/translation.js';

const PARAMETERS = { type: 'object', properties: { q: { type: 'string' } } };
const offered = (tools: unknown[]) => translate({ tools }).chat.tools;
const names = (body: CreateResponseBody) =>
  (translate(body).chat.tools ?? []).map((tool) => tool.function.name);

describe('function tools', () => {
  it('should be sent in the form of chat completions', () => {
    const tool = {
      type: 'function',
      name: 'search',
      description: 'Finds.',
      parameters: PARAMETERS,
      strict: true,
    };
    const { chat, response } = translate({ tools: [tool] });
    expect(chat.tools).toEqual([
      {
        type: 'function',
        function: { name: 'search', description: 'Finds.', parameters: PARAMETERS, strict: true },
      },
    ]);
    expect(response.tools).toEqual([tool]);
  });

  it('should be taken in the form of chat completions too, and echoed in that of Responses', () => {
    const tool = { type: 'function', function: { name: 'search', parameters: PARAMETERS } };
    const { chat, response } = translate({ tools: [tool] });
    expect(chat.tools).toEqual([tool]);
    expect(response.tools).toEqual([
      { type: 'function', name: 'search', description: null, parameters: PARAMETERS, strict: null },
    ]);
  });

  it.each([[null], [undefined]])('should take %s for what may be missing', (nothing) => {
    const tool = { type: 'function', name: 'f', description: nothing, parameters: nothing, strict: nothing };
    const { chat, response } = translate({ tools: [tool] });
    expect(chat.tools).toEqual([
      { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
    ]);
    expect(response.tools).toEqual([
      { type: 'function', name: 'f', description: null, parameters: null, strict: null },
    ]);
  });

  it('should keep a schema as it is', () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { n: { type: 'integer', minimum: -9007199254740991 } },
    };
    expect(offered([functionTool('f', { parameters })])?.[0]?.function.parameters).toEqual(parameters);
  });

  it('should keep their order', () => {
    expect(names({ tools: [functionTool('b'), functionTool('a'), functionTool('c')] })).toEqual([
      'b',
      'a',
      'c',
    ]);
  });

  it.each([
    ['text', ['x'], 'tools[0]'],
    ['null', [null], 'tools[0]'],
    ['a tool without type', [{ name: 'f' }], 'tools[0].type'],
    ['a tool whose type is a number', [{ type: 5, name: 'f' }], 'tools[0].type'],
    ['a function without name', [{ type: 'function' }], 'tools[0].name'],
    ['a function with an empty name', [{ type: 'function', name: '' }], 'tools[0].name'],
    ['a nested function without name', [{ type: 'function', function: {} }], 'tools[0].function.name'],
    ['a description that is a number', [functionTool('f', { description: 5 })], 'tools[0].description'],
    ['strict that is text', [functionTool('f', { strict: 'yes' })], 'tools[0].strict'],
    ['two tools of one name', [functionTool('f'), functionTool('f')], 'tools[1].name'],
  ])('should be refused with their path: %s', (_name, tools, param) => {
    expect(refusalOf(() => offered(tools))).toMatchObject({ status: 400, code: 'invalid_request', param });
  });
});

describe('parameters of a tool', () => {
  const BROKEN = { type: null, properties: { x: { type: 'string' } }, required: null };
  const MENDED = { type: 'object', properties: { x: { type: 'string' } } };

  it.each([
    ['a function', functionTool('f', { parameters: BROKEN })],
    [
      'a function in the form of chat completions',
      { type: 'function', function: { name: 'f', parameters: BROKEN } },
    ],
    [
      'a function of a namespace',
      { type: 'namespace', name: 'n', tools: [functionTool('f', { parameters: BROKEN })] },
    ],
    ['a search for tools', { type: 'tool_search', execution: 'client', parameters: BROKEN }],
  ])('should be mended before they go upstream: %s', (_name, tool) => {
    const { chat, plan } = translate({ tools: [tool] });
    expect(chat.tools?.[0]?.function.parameters).toEqual(MENDED);
    expect(plan.tools.resolve(chat.tools?.[0]?.function.name ?? '')?.parameters).toEqual(MENDED);
  });

  it('should be mended in tools that a search has found', () => {
    const input = [
      { type: 'tool_search_output', call_id: 'c', tools: [functionTool('f', { parameters: BROKEN })] },
      { role: 'user', content: 'q' },
    ];
    expect(translate({ input }).chat.tools?.[0]?.function.parameters).toEqual(MENDED);
  });

  it('should be echoed as they were sent', () => {
    const { response } = translate({ tools: [functionTool('f', { parameters: BROKEN })] });
    expect(response.tools).toMatchObject([{ parameters: BROKEN }]);
  });

  it('should be taken as JSON text', () => {
    const { chat, response } = translate({
      tools: [functionTool('f', { parameters: JSON.stringify(MENDED) })],
    });
    expect(chat.tools?.[0]?.function.parameters).toEqual(MENDED);
    expect(response.tools).toMatchObject([{ parameters: MENDED }]);
  });

  it.each([[[]], ['no JSON'], [''], [true], [5], ['[]'], ['['.repeat(100_000)]])(
    'should be those of a tool without any where they are no schema: %j',
    (parameters) => {
      const { chat, response } = translate({ tools: [functionTool('f', { parameters })] });
      expect(chat.tools?.[0]?.function.parameters).toEqual({ type: 'object', properties: {} });
      expect(response.tools).toMatchObject([{ parameters: null }]);
    },
  );
});

describe('tools that the gateway lowers to functions', () => {
  it('should offer a custom tool as a function of one text, its grammar in words', () => {
    const tool = {
      type: 'custom',
      name: 'apply_patch',
      description: 'Patches.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    };
    const [sent] = offered([tool]) ?? [];
    expect(sent).toMatchObject({
      type: 'function',
      function: {
        name: 'apply_patch',
        parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
      },
    });
    expect(sent?.function.description).toMatch(/^Patches\.[\s\S]*start: "x"/);
  });

  it('should offer the tools of a namespace under flattened names', () => {
    const tools = [
      functionTool('spawn'),
      { type: 'namespace', name: 'agents', tools: [functionTool('spawn'), { type: 'custom', name: 'say' }] },
    ];
    expect(names({ tools })).toEqual(['spawn', 'agents__spawn', 'agents__say']);
  });

  it('should give flattened names that collide or are too long a name of their own of at most 64 characters', () => {
    const long = 'x'.repeat(60);
    const tools = [
      functionTool('a__b'),
      { type: 'namespace', name: 'a', tools: [functionTool('b')] },
      { type: 'namespace', name: long, tools: [functionTool('one'), functionTool('two')] },
    ];
    const sent = names({ tools });
    expect(new Set(sent).size).toBe(4);
    for (const name of sent) expect(name).toMatch(/^[\w-]{1,64}$/);
    expect(names({ tools })).toEqual(sent);
  });

  it('should offer tools that items of the input bring along, once', () => {
    const input = [
      { type: 'additional_tools', role: 'developer', id: 'x', tools: [functionTool('one')] },
      { role: 'user', content: 'q' },
      { type: 'tool_search_call', call_id: 'c', execution: 'client', arguments: { query: 'q' } },
      {
        type: 'tool_search_output',
        call_id: 'c',
        execution: 'client',
        tools: [functionTool('one'), { type: 'namespace', name: 'n', tools: [functionTool('two')] }],
      },
    ];
    expect(names({ input })).toEqual(['one', 'n__two']);
  });

  it('should offer the search for tools where the client runs it', () => {
    const tool = {
      type: 'tool_search',
      execution: 'client',
      description: 'Find tools.',
      parameters: PARAMETERS,
    };
    expect(offered([tool])).toEqual([
      {
        type: 'function',
        function: { name: 'tool_search', description: 'Find tools.', parameters: PARAMETERS },
      },
    ]);
  });

  it.each([
    ['a custom tool without name', { type: 'custom' }, 'tools[0].name'],
    ['a namespace without tools', { type: 'namespace', name: 'n' }, 'tools[0].tools'],
    [
      'a tool of a namespace without name',
      { type: 'namespace', name: 'n', tools: [{ type: 'function' }] },
      'tools[0].tools[0].name',
    ],
  ])('should be refused with their path: %s', (_name, tool, param) => {
    expect(refusalOf(() => offered([tool]))).toMatchObject({ status: 400, param });
  });
});

describe('tools that only run elsewhere', () => {
  it.each(['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'mcp'])(
    'should leave %s out, say so, and not claim it in the echo',
    (type) => {
      const { chat, plan, response } = translate({ tools: [{ type }, functionTool('f')] });
      expect(chat.tools?.map((tool) => tool.function.name)).toEqual(['f']);
      expect(plan.ignored).toContain(`tools:${type}`);
      expect(response.tools.map((tool) => tool.type)).toEqual(['function']);
    },
  );

  it('should send neither tools nor a choice where none remain', () => {
    const { chat } = translate({
      tools: [{ type: 'web_search' }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
    });
    expect(chat).not.toHaveProperty('tools');
    expect(chat).not.toHaveProperty('tool_choice');
    expect(chat).not.toHaveProperty('parallel_tool_calls');
  });
});

describe('no tools', () => {
  it.each([[null], [undefined], [[]]])('should send none for %j', (tools) => {
    const { chat, response } = translate({ tools });
    expect(chat).not.toHaveProperty('tools');
    expect(response.tools).toEqual([]);
  });
});

describe('custom tools in the form of chat completions', () => {
  const grammar = { syntax: 'lark', definition: 'start: "x"' };
  const flat = { type: 'custom', name: 'patch', description: 'D', format: { type: 'grammar', ...grammar } };
  const { type, name, description } = flat;
  const nested = { type, custom: { name, description, format: { type: 'grammar', grammar } } };

  it('should be read like those of Responses, and echoed in that form', () => {
    const { chat, response } = translate({ tools: [nested] });
    expect(chat.tools).toEqual(offered([flat]));
    expect(response.tools).toEqual([flat]);
  });

  it.each([undefined, { type: 'text' }])('should be read without a grammar: %j', (format) => {
    const tool = { name, ...(format && { format }) };
    const { chat, response } = translate({ tools: [{ type, custom: tool }] });
    expect(chat.tools).toEqual(offered([{ type, ...tool }]));
    expect(response.tools).toEqual([{ type, ...tool }]);
  });

  it('should be read in a namespace', () => {
    expect(names({ tools: [{ type: 'namespace', name: 'ns', tools: [nested] }] })).toEqual(['ns__patch']);
  });

  it.each([
    [{ type, custom: {} }, 'tools[0].custom.name'],
    [{ type, custom: 'patch' }, 'tools[0].name'],
  ])('should be refused without a name: %j', (tool, param) => {
    expect(refusalOf(() => translate({ tools: [tool] }))).toMatchObject({ param });
  });

  it.each<[unknown, unknown]>([
    [
      { type, custom: { name } },
      { type, name },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [{ type, custom: { name } }] } },
      { type: 'allowed_tools', mode: 'required', tools: [{ type, name }] },
    ],
  ])('should be chosen in that form: %j', (choice, echo) => {
    const { response, plan } = translate({ tools: [nested, functionTool('f')], tool_choice: choice });
    expect(response.tool_choice).toEqual(echo);
    expect([...plan.allowedTools!]).toEqual([name]);
  });
});
