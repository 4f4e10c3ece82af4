import fc from 'fast-check';
import { checkLifecycle, foldStream } from '../../../test/support/lifecycle-oracle.js';
import { eventsOf, finalResponse, passThrough, translate } from '../../../test/support/translation.js';
import { RaiseCalls } from '../segments/raise-calls.js';
import type { FinishReason, Segment } from '../vocabulary/segment.js';

const TOOLS = ['shell', 'local_shell', 'apply_patch', 'computer'].map((type) => ({ type }));
const { tools } = translate({ tools: TOOLS }, { vision: true }).plan;

const start = (call: number, name: string): Segment => ({ kind: 'call-start', call, name });
const write = (call: number, text: string): Segment => ({ kind: 'call-arguments', call, text });
const end = (call: number): Segment => ({ kind: 'call-end', call });
const finish = (reason: FinishReason = 'stop'): Segment => ({ kind: 'finish', reason });

function answer(segments: Segment[]) {
  const events = eventsOf(passThrough(new RaiseCalls(tools), segments));
  checkLifecycle(events);
  const response = finalResponse(events);
  expect(foldStream(events)).toEqual(response.output);
  return { events, response, types: events.map(({ type }) => type).slice(2, -1) };
}

const PATCH = { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' };
const CALLS: [string, unknown, unknown][] = [
  [
    'shell',
    { commands: ['ls', 'pwd'], timeout_ms: 10 },
    {
      type: 'shell_call',
      id: 'sh_1',
      action: { commands: ['ls', 'pwd'], timeout_ms: 10, max_output_length: null },
      environment: { type: 'local' },
    },
  ],
  [
    'local_shell',
    { command: ['ls', '-a'] },
    { type: 'local_shell_call', id: 'lsh_1', action: { type: 'exec', command: ['ls', '-a'], env: {} } },
  ],
  ['apply_patch', PATCH, { type: 'apply_patch_call', id: 'apc_1', operation: PATCH }],
  [
    'apply_patch',
    { type: 'delete_file', path: 'a' },
    { type: 'apply_patch_call', id: 'apc_1', operation: { type: 'delete_file', path: 'a' } },
  ],
  [
    'computer',
    { actions: [{ type: 'wait' }] },
    { type: 'computer_call', id: 'cu_1', actions: [{ type: 'wait' }], pending_safety_checks: [] },
  ],
];

describe('calls of built-in tools', () => {
  it.each(CALLS)('should become items of their own: %s %j', (name, given, item) => {
    const { response } = answer([start(0, name), write(0, JSON.stringify(given)), finish()]);
    expect(response.status).toBe('completed');
    expect(response.output).toEqual([{ call_id: 'call_2', status: 'completed', ...(item as object) }]);
  });

  it('should be the same however their arguments are cut', () => {
    const call = fc.constantFrom(...CALLS);
    fc.assert(
      fc.property(
        call,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.boolean(),
        ([name, given], cuts, isEnded) => {
          const text = JSON.stringify(given);
          const at = cuts.map((place) => place % text.length).sort((a, b) => a - b);
          const pieces = [0, ...at].map((from, index) => write(0, text.slice(from, at[index])));
          const last = isEnded ? [end(0), finish()] : [finish()];
          const whole = answer([start(0, name), write(0, text), finish()]);
          expect(answer([start(0, name), ...pieces, ...last]).response).toEqual(whole.response);
        },
      ),
    );
  });

  it('should stream a diff behind the item that names its file', () => {
    const text = JSON.stringify(PATCH);
    const { events, types } = answer([
      start(0, 'apply_patch'),
      ...text.split('').map((c) => write(0, c)),
      finish(),
    ]);
    expect(events[2]).toMatchObject({ item: { operation: { type: 'update_file', path: 'a.ts', diff: '' } } });
    expect(types.filter((type) => type.endsWith('.delta'))).toHaveLength(PATCH.diff.length);
    expect(types.slice(-2)).toEqual([
      'response.apply_patch_call_operation_diff.done',
      'response.output_item.done',
    ]);
  });

  it('should have no diff where a file is deleted', () => {
    const { types } = answer([
      start(0, 'apply_patch'),
      write(0, '{"type":"delete_file","path":"a"}'),
      finish(),
    ]);
    expect(types).toEqual(['response.output_item.added', 'response.output_item.done']);
  });

  it('should tell of each command of a shell', () => {
    const { types } = answer([start(0, 'shell'), write(0, '{"commands":["ls",""]}'), finish()]);
    expect(types.slice(1, -1)).toEqual([
      'response.shell_call_command.added',
      'response.shell_call_command.delta',
      'response.shell_call_command.done',
      'response.shell_call_command.added',
      'response.shell_call_command.done',
    ]);
  });

  it.each([
    ['shell', '{"commands":[]}'],
    ['shell', '{"commands":["ls'],
    ['shell', ''],
    ['local_shell', '{"command":"ls"}'],
    ['computer', '{"actions":[{"type":"jump"}]}'],
    ['apply_patch', '{"type":"update_file","path":"a","diff":"x'],
    ['apply_patch', '{"type":"update_file","path":"a"}'],
    ['apply_patch', '{"type":"move_file","path":"a","diff":"x"}'],
    ['apply_patch', 'rm -r'],
    ['apply_patch', ''],
  ])('should not be completed by what cannot be run: %s %s', (name, text) => {
    for (const ending of [[finish()], [end(0), finish()], [end(0), start(1, 'local_shell'), finish()]]) {
      const { response } = answer([start(0, name), write(0, text), ...ending]);
      expect(response.incomplete_details).toEqual({ reason: 'malformed_tool_call' });
      const broken = response.output.find(({ type }) => type.startsWith(name));
      expect(broken).toMatchObject({ status: name === 'apply_patch' ? 'in_progress' : 'incomplete' });
    }
  });

  it('should show the begin of a diff that was cut', () => {
    const text = '{"type":"create_file","path":"a","diff":"+x\\n+';
    const { response } = answer([start(0, 'apply_patch'), write(0, text), finish('length')]);
    expect(response).toMatchObject({
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'in_progress', operation: { type: 'create_file', path: 'a', diff: '+x\n+' } }],
    });
  });

  it('should be completed where they are whole before the answer is cut', () => {
    for (const [name, given] of CALLS) {
      const { response } = answer([start(0, name), write(0, JSON.stringify(given)), finish('length')]);
      expect(response.output).toMatchObject([{ status: 'completed' }]);
    }
  });

  it('should keep apart calls whose arguments come in turns', () => {
    const { response } = answer([
      start(0, 'apply_patch'),
      start(1, 'apply_patch'),
      write(1, '{"type":"create_file","path":"b","diff":"+b'),
      write(0, '{"type":"create_file","path":"a",'),
      write(1, 'b"}'),
      write(0, '"diff":"+a"}'),
      finish(),
    ]);
    expect(response.output).toMatchObject([
      { status: 'completed', operation: { path: 'b', diff: '+bb' } },
      { status: 'completed', operation: { path: 'a', diff: '+a' } },
    ]);
  });
});
