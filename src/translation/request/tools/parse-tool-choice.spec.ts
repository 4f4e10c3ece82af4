import type { CreateResponseBody } from '../../../contracts/responses-request.js';
import { functionTool, refusalOf, translate } from '../../../../test/support/translation.js';

const TOOLS = [functionTool('search'), functionTool('read'), { type: 'custom', name: 'patch' }];
const AUTO = { tool_choice: undefined, tools: ['search', 'read', 'patch'] };

function choose(tool_choice: unknown, more: CreateResponseBody = {}) {
  const { chat, plan, response } = translate({ tools: TOOLS, tool_choice, ...more });
  return {
    sent: { tool_choice: chat.tool_choice, tools: chat.tools?.map((tool) => tool.function.name) },
    echo: response.tool_choice,
    allowed: plan.allowedTools && [...plan.allowedTools],
    plan,
    chat,
  };
}

describe('tool_choice', () => {
  it.each([['auto'], [null], [undefined]])('should send all tools and no choice for %j', (choice) => {
    expect(choose(choice)).toMatchObject({ sent: AUTO, echo: 'auto', allowed: null });
  });

  it('should demand a call for required', () => {
    expect(choose('required')).toMatchObject({
      sent: { ...AUTO, tool_choice: 'required' },
      echo: 'required',
      allowed: null,
    });
  });

  it('should not show any tool for none, and let none be called', () => {
    expect(choose('none')).toMatchObject({
      sent: { tool_choice: undefined, tools: undefined },
      echo: 'none',
      allowed: [],
    });
  });

  it.each([
    ['the form of Responses', { type: 'function', name: 'read' }],
    ['the form of chat completions', { type: 'function', function: { name: 'read' } }],
  ])('should send and allow only a named function, in %s', (_name, choice) => {
    expect(choose(choice)).toMatchObject({
      sent: { tool_choice: { type: 'function', function: { name: 'read' } }, tools: ['read'] },
      echo: { type: 'function', name: 'read' },
      allowed: ['read'],
    });
  });

  it('should send a named custom tool as the function that stands for it', () => {
    expect(choose({ type: 'custom', name: 'patch' })).toMatchObject({
      sent: { tool_choice: { type: 'function', function: { name: 'patch' } }, tools: ['patch'] },
      echo: { type: 'custom', name: 'patch' },
      allowed: ['patch'],
    });
  });

  it.each([
    ['auto', 'auto', undefined],
    ['auto by default', undefined, undefined],
    ['required', 'required', 'required'],
  ])('should send and allow only the allowed tools, mode %s', (_name, mode, sent) => {
    const tools = [
      { type: 'function', name: 'read' },
      { type: 'custom', name: 'patch' },
      { type: 'web_search' },
    ];
    expect(choose({ type: 'allowed_tools', mode, tools })).toMatchObject({
      sent: { tool_choice: sent, tools: ['read', 'patch'] },
      echo: { type: 'allowed_tools', mode: mode ?? 'auto', tools: tools.slice(0, 2) },
      allowed: ['read', 'patch'],
    });
  });

  it('should take allowed tools in the form of chat completions', () => {
    const tools = [{ type: 'function', function: { name: 'read' } }];
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools } };
    expect(choose(choice)).toMatchObject({
      sent: { tool_choice: 'required', tools: ['read'] },
      echo: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'read' }] },
    });
  });

  it('should name the allowed tools that nothing here can run', () => {
    const tools = [
      { type: 'function', name: 'read' },
      { type: 'mcp', server_label: 's' },
    ];
    expect(choose({ type: 'allowed_tools', tools }).plan.ignored).toEqual(['tool_choice.tools:mcp']);
  });

  it.each(['none', 'auto', 'required'])('should take %s as an object too', (type) => {
    const [asObject, asText] = [choose({ type }), choose(type)];
    expect(asObject.sent).toEqual(asText.sent);
    expect(asObject.echo).toBe(type);
    expect(asObject.allowed).toEqual(asText.allowed);
  });

  it.each(['auto', 'none', { type: 'auto' }, null])('should be no matter without tools: %j', (choice) => {
    const { chat } = choose(choice, { tools: [] });
    expect(chat).not.toHaveProperty('tool_choice');
    expect(chat).not.toHaveProperty('tools');
  });

  it.each<[unknown, string, unknown[] | null]>([
    ['required', 'required', []],
    ['required', 'required', null],
    ['required', 'required', [{ type: 'web_search' }]],
    [{ type: 'required' }, 'required', []],
    [{ type: 'function', name: 'fly' }, 'fly', TOOLS],
    [{ type: 'function', name: 'read' }, 'read', []],
    [{ type: 'function', function: { name: 'fly' } }, 'fly', TOOLS],
    [{ type: 'custom', name: 'fly' }, 'fly', TOOLS],
    [{ type: 'allowed_tools', mode: 'auto', tools: [] }, 'allowed_tools', TOOLS],
    [{ type: 'allowed_tools', tools: [{ type: 'web_search' }] }, 'allowed_tools', TOOLS],
    [{ type: 'allowed_tools', tools: [{ type: 'function', name: 'fly' }] }, 'fly', TOOLS],
    [{ type: 'mcp', server_label: 's' }, 'mcp', [{ type: 'mcp', server_label: 's' }]],
    [{ type: 'web_search_preview' }, 'web_search_preview', TOOLS],
    [{ type: 'image_generation' }, 'image_generation', TOOLS],
  ])('should be refused where nothing of it is offered: %j', (choice, name, tools) => {
    expect(refusalOf(() => choose(choice, { tools }))).toMatchObject({
      status: 400,
      param: 'tool_choice',
      message: `Tool choice '${name}' not found in 'tools' parameter.`,
    });
  });

  it.each([
    ['an unknown word', 'maybe', 'tool_choice'],
    ['a number', 5, 'tool_choice'],
    ['a list', [], 'tool_choice'],
    ['an object without type', {}, 'tool_choice.type'],
    ['an unknown type', { type: 'dice' }, 'tool_choice.type'],
    ['a function without name', { type: 'function' }, 'tool_choice.name'],
    ['a nested function without name', { type: 'function', function: {} }, 'tool_choice.function.name'],
    ['no list of allowed tools', { type: 'allowed_tools' }, 'tool_choice.tools'],
    ['an unknown mode', { type: 'allowed_tools', mode: 'none', tools: [] }, 'tool_choice.mode'],
    ['an allowed tool that is text', { type: 'allowed_tools', tools: ['x'] }, 'tool_choice.tools[0]'],
    ['an allowed tool without type', { type: 'allowed_tools', tools: [{}] }, 'tool_choice.tools[0].type'],
    [
      'no nested list of allowed tools',
      { type: 'allowed_tools', allowed_tools: {} },
      'tool_choice.allowed_tools.tools',
    ],
  ])('should be refused with its path: %s', (_name, choice, param) => {
    expect(refusalOf(() => choose(choice))).toMatchObject({ status: 400, code: 'invalid_request', param });
  });

  it('should show the tools but forbid the server to parse them where the gateway parses', () => {
    const { chat, plan } = translate(
      { tools: TOOLS, tool_choice: 'required', parallel_tool_calls: false },
      { toolCalls: 'raw', toolParser: 'hermes' },
    );
    expect(chat).toMatchObject({ tool_choice: 'none', tools: [{}, {}, {}] });
    expect(chat).not.toHaveProperty('parallel_tool_calls');
    expect(plan).toMatchObject({ toolParser: 'hermes', parallelToolCalls: false });
  });

  it('should not parse calls where no tool was offered', () => {
    const profile = { toolCalls: 'raw', toolParser: 'hermes' } as const;
    expect(translate({}, profile).plan.toolParser).toBeNull();
    expect(translate({ tools: TOOLS, tool_choice: 'none' }, profile).plan.toolParser).toBeNull();
  });
});

describe('parallel_tool_calls', () => {
  it.each([
    [false, false],
    [true, undefined],
    [null, undefined],
  ])('should send %j as %j', (given, sent) => {
    const { chat, response } = translate({ tools: TOOLS, parallel_tool_calls: given });
    expect(chat.parallel_tool_calls).toBe(sent);
    expect(response.parallel_tool_calls).toBe(given !== false);
  });
});
