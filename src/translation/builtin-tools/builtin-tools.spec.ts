import { functionTool, refusalOf, translate } from '../../../test/support/translation.js';
import { isObject } from '../../contracts/raw-object.js';
import { readComputerAction, readComputerActions } from './computer.js';
import { readLocalShellAction } from './local-shell.js';
import { readShellAction } from './shell.js';

const VISION = { vision: true };
const TYPES = ['shell', 'local_shell', 'apply_patch', 'computer', 'computer_use_preview'];
const user = { role: 'user', content: 'hi' };

const offered = (tools: unknown[]) =>
  (translate({ tools }, VISION).chat.tools ?? []).map(({ function: { name } }) => name);
const shown = (items: unknown[], tools: unknown[] = []) =>
  translate({ input: [user, ...items], tools }, VISION).chat.messages.flatMap((message) =>
    message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.function) : [],
  );

describe('built-in tools that the client runs', () => {
  it.each(TYPES)('should be offered as a function, and echoed as they came: %s', (type) => {
    const { chat, response, plan } = translate({ tools: [{ type }] }, VISION);
    expect(chat.tools).toMatchObject([
      {
        type: 'function',
        function: { name: type.replace('_use_preview', ''), parameters: { type: 'object' } },
      },
    ]);
    expect(chat.tools?.[0]?.function.description).not.toBe('');
    expect(response.tools).toEqual([{ type }]);
    expect(plan.ignored).toEqual([]);
  });

  it.each(['computer', 'computer_use_preview'])(
    'should not offer a screen to a model without eyes: %s',
    (type) => {
      const { chat, response, plan } = translate({ tools: [{ type }, functionTool('f')] }, { vision: false });
      expect(chat.tools?.map((tool) => tool.function.name)).toEqual(['f']);
      expect(response.tools.map((tool) => tool.type)).toEqual(['function']);
      expect(plan.ignored).toContain(`tools:${type}`);
    },
  );

  it.each(['container_auto', 'container_reference'])('should leave a hosted shell out: %s', (type) => {
    const { chat, response, plan } = translate({ tools: [{ type: 'shell', environment: { type } }] });
    expect(chat).not.toHaveProperty('tools');
    expect(response.tools).toEqual([]);
    expect(plan.ignored).toContain('tools:shell');
  });

  it('should tell the model of the skills of a local environment', () => {
    const skills = [{ name: 'csv', description: 'Reads tables.', path: '/skills/csv' }];
    const { chat } = translate({ tools: [{ type: 'shell', environment: { type: 'local', skills } }] });
    expect(chat.tools?.[0]?.function.description).toContain('- csv (/skills/csv): Reads tables.');
  });

  it('should tell the model how large the screen is', () => {
    const tool = {
      type: 'computer_use_preview',
      display_width: 800,
      display_height: 600,
      environment: 'browser',
    };
    const description = translate({ tools: [tool] }, VISION).chat.tools?.[0]?.function.description;
    expect(description).toContain('800 by 600');
    expect(description).toContain('browser');
  });

  it('should name options of no effect', () => {
    const tool = { type: 'shell', allowed_callers: ['programmatic'] };
    expect(translate({ tools: [tool] }).plan.ignored).toEqual(['tools.allowed_callers']);
  });

  it.each([
    [[{ type: 'shell', environment: 'local' }], 'tools[0].environment'],
    [[{ type: 'shell', environment: {} }], 'tools[0].environment.type'],
    [
      [{ type: 'shell', environment: { type: 'local', skills: [{ name: 'csv' }] } }],
      'tools[0].environment.skills[0].path',
    ],
    [[{ type: 'computer_use_preview', display_width: '800' }], 'tools[0].display_width'],
    [[{ type: 'apply_patch' }, { type: 'apply_patch' }], 'tools[1].type'],
  ])('should be refused with their path: %j', (tools, param) => {
    expect(refusalOf(() => translate({ tools }, VISION))).toMatchObject({ status: 400, param });
  });

  it('should not clash with a function of the same name, in either order', () => {
    expect(offered([functionTool('shell'), { type: 'shell' }])).toEqual(['shell', 'shell_2']);
    expect(offered([{ type: 'shell' }, functionTool('shell')])).toEqual(['shell', 'shell_2']);
  });

  it('should be offered by items of the input too', () => {
    const input = [user, { type: 'additional_tools', tools: [{ type: 'shell' }, { type: 'shell' }] }];
    expect(translate({ input }).chat.tools?.map((tool) => tool.function.name)).toEqual(['shell']);
  });
});

describe('a choice of a built-in tool', () => {
  it.each([
    ['shell', 'shell', 'shell'],
    ['local_shell', 'local_shell', 'local_shell'],
    ['apply_patch', 'apply_patch', 'apply_patch'],
    ['computer', 'computer', 'computer'],
    ['computer', 'computer_use_preview', 'computer'],
    ['computer_use', 'computer', 'computer'],
    ['computer_use_preview', 'computer_use_preview', 'computer'],
  ])('should name the function: %s', (choice, type, name) => {
    const { chat, plan, response } = translate(
      { tools: [functionTool('f'), { type }], tool_choice: { type: choice } },
      { ...VISION, toolCalls: 'upstream' },
    );
    expect(chat.tool_choice).toEqual({ type: 'function', function: { name } });
    expect(chat.tools).toHaveLength(1);
    expect(plan.mustCall).toContain(name);
    expect(response.tool_choice).toEqual({ type: choice });
  });

  it('should count among the tools that are allowed', () => {
    const tools = [functionTool('shell'), { type: 'shell' }, { type: 'apply_patch' }];
    const choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'shell' }, { type: 'web_search' }],
    };
    const { plan, response } = translate({ tools, tool_choice: choice });
    expect([...plan.allowedTools!]).toEqual(['shell_2']);
    expect(plan.mustCall).toContain('shell_2');
    expect(plan.ignored).toContain('tool_choice.tools:web_search');
    expect(response.tool_choice).toEqual({ ...choice, tools: [{ type: 'shell' }] });
  });

  it.each(TYPES)('should be refused where it is not offered: %s', (type) => {
    const tools = [functionTool('f'), { type: 'shell', environment: { type: 'container_auto' } }];
    expect(refusalOf(() => translate({ tools, tool_choice: { type } }, VISION))).toMatchObject({
      status: 400,
      param: 'tool_choice',
    });
  });
});

describe('earlier calls of a built-in tool', () => {
  const shell = {
    type: 'shell_call',
    call_id: 'x',
    action: { commands: ['ls'], timeout_ms: null, max_output_length: 10 },
  };
  const functionCall = { type: 'function_call', call_id: 'y', name: 'shell', arguments: '{"a":1}' };

  it('should be shown under the name that the tool has now', () => {
    expect(shown([shell], [{ type: 'shell' }])).toEqual([
      { name: 'shell', arguments: '{"commands":["ls"],"max_output_length":10}' },
    ]);
    expect(shown([shell, functionCall], [functionTool('shell'), { type: 'shell' }])).toMatchObject([
      { name: 'shell_2' },
      { name: 'shell', arguments: '{"a":1}' },
    ]);
  });

  it('should not be taken for those of a function that has the name', () => {
    expect(shown([shell], [functionTool('shell')])).toMatchObject([{ name: 'shell_2' }]);
  });

  it('should be shown in the form in which they are written', () => {
    const operation = { path: 'a', diff: '+x', type: 'create_file' };
    const action = { type: 'exec', command: ['ls'], env: {}, user: null, working_directory: '/' };
    expect(
      shown([
        { type: 'apply_patch_call', call_id: 'p', operation },
        { type: 'local_shell_call', call_id: 'l', action },
      ]),
    ).toEqual([
      { name: 'apply_patch', arguments: '{"type":"create_file","path":"a","diff":"+x"}' },
      { name: 'local_shell', arguments: '{"command":["ls"],"working_directory":"/"}' },
    ]);
  });

  it.each([
    [{ action: { type: 'wait' } }, 'computer', '{"actions":[{"type":"wait"}]}'],
    [{ actions: [{ type: 'wait' }] }, 'computer', '{"actions":[{"type":"wait"}]}'],
    [{ action: { type: 'wait' } }, 'computer_use_preview', '{"type":"wait"}'],
    [{ actions: [{ type: 'wait' }] }, 'computer_use_preview', '{"type":"wait"}'],
    [
      { actions: [{ type: 'wait' }, { type: 'wait' }] },
      'computer_use_preview',
      '{"actions":[{"type":"wait"},{"type":"wait"}]}',
    ],
    [
      { action: { type: 'double_click', x: 1, y: 2, keys: null } },
      'shell',
      '{"type":"double_click","x":1,"y":2}',
    ],
  ])('should be shown in the form of the computer that is offered: %j to %s', (fields, type, expected) => {
    expect(shown([{ type: 'computer_call', call_id: 'c', ...fields }], [{ type }])).toEqual([
      { name: 'computer', arguments: expected },
    ]);
  });

  it('should say that a patch has failed, and why', () => {
    const messages = translate({
      input: [
        user,
        { type: 'apply_patch_call', call_id: 'p', operation: { type: 'delete_file', path: 'a' } },
        { type: 'apply_patch_call_output', call_id: 'p', status: 'failed', output: 'No such file.' },
      ],
    }).chat.messages;
    expect(messages.at(-1)).toMatchObject({ role: 'tool', content: 'failed\nNo such file.' });
  });
});

describe('arguments of a built-in tool', () => {
  const none = { timeout_ms: null, max_output_length: null };

  it.each<[unknown, unknown]>([
    [{ commands: ['a', 'b'] }, { commands: ['a', 'b'], ...none }],
    [{ commands: 'a' }, { commands: ['a'], ...none }],
    [
      { commands: ['a'], timeout_ms: 10.4, max_output_length: 'much' },
      { commands: ['a'], timeout_ms: 10, max_output_length: null },
    ],
    [{ commands: [] }, null],
    [{ commands: [1] }, null],
    [{ command: 'a' }, null],
  ])('should be read as commands: %j', (given, expected) => {
    expect(isObject(given) && readShellAction(given)).toEqual(expected);
  });

  it.each<[unknown, unknown]>([
    [{ command: ['ls'] }, { type: 'exec', command: ['ls'], env: {} }],
    [
      { command: ['ls'], env: { A: 1 }, timeout_ms: 5, user: 'me', working_directory: '/' },
      { type: 'exec', command: ['ls'], env: { A: '1' }, timeout_ms: 5, user: 'me', working_directory: '/' },
    ],
    [
      { command: ['ls'], user: '', working_directory: null },
      { type: 'exec', command: ['ls'], env: {} },
    ],
    [{ command: 'ls -l' }, null],
    [{ command: ['ls'], env: { A: {} } }, null],
    [{ command: ['ls'], env: [] }, null],
  ])('should be read as a program: %j', (given, expected) => {
    expect(isObject(given) && readLocalShellAction(given)).toEqual(expected);
  });

  it.each<[unknown, unknown]>([
    [
      { type: 'click', x: 1.2, y: 2 },
      { type: 'click', button: 'left', x: 1, y: 2 },
    ],
    [
      { type: 'click', x: 1, y: 2, button: 'right', keys: ['CTRL'] },
      { type: 'click', button: 'right', x: 1, y: 2, keys: ['CTRL'] },
    ],
    [
      { type: 'double_click', x: 1, y: 2 },
      { type: 'double_click', x: 1, y: 2, keys: null },
    ],
    [
      { type: 'scroll', x: 1, y: 2, scroll_y: -3 },
      { type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: -3 },
    ],
    [
      { type: 'move', x: 1, y: 2 },
      { type: 'move', x: 1, y: 2 },
    ],
    [
      {
        type: 'drag',
        path: [
          { x: 1, y: 2 },
          { x: 3, y: 4, z: 5 },
        ],
      },
      {
        type: 'drag',
        path: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
      },
    ],
    [
      { type: 'keypress', keys: ['A'] },
      { type: 'keypress', keys: ['A'] },
    ],
    [
      { type: 'type', text: '' },
      { type: 'type', text: '' },
    ],
    [{ type: 'screenshot', x: 1 }, { type: 'screenshot' }],
    [{ type: 'wait' }, { type: 'wait' }],
    [{ type: 'click', x: '1', y: 2 }, null],
    [{ type: 'drag', path: [{ x: 1, y: 2 }] }, null],
    [{ type: 'drag', path: [{ x: 1, y: 2 }, 3] }, null],
    [{ type: 'keypress', keys: [] }, null],
    [{ type: 'type' }, null],
    [{ type: 'jump' }, null],
    [{}, null],
  ])('should be read as what to do at a computer: %j', (given, action) => {
    const fields = isObject(given) ? given : {};
    expect(readComputerAction(fields)).toEqual(action && { action });
    expect(readComputerAction({ action: fields })).toEqual(action && { action });
    expect(readComputerActions({ actions: [fields] })).toEqual(action && { actions: [action] });
    expect(readComputerActions(fields)).toEqual(action && { actions: [action] });
  });

  it('should be several actions only where there may be several', () => {
    const wait = { type: 'wait' };
    expect(readComputerActions({ actions: [wait, wait] })).toEqual({ actions: [wait, wait] });
    expect(readComputerActions({ actions: [wait, { type: 'jump' }] })).toBeNull();
    expect(readComputerActions({ actions: [] })).toBeNull();
    expect(readComputerAction({ actions: [wait, wait] })).toBeNull();
  });
});
