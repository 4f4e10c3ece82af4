import { ToolTable } from '../vocabulary/tool-table.js';
import { RaiseCalls } from './raise-calls.js';
import type { Segment } from '../vocabulary/segment.js';

const PARTS = { parameters: null };

function tools(): ToolTable {
  const table = new ToolTable();
  table.add({ ...PARTS, kind: 'function', name: 'exec', namespace: null });
  table.add({ ...PARTS, kind: 'function', name: 'spawn', namespace: 'agents' });
  table.add({ ...PARTS, kind: 'custom', name: 'apply_patch', namespace: null });
  return table;
}

function raise(segments: Segment[]): Segment[] {
  const stage = new RaiseCalls(tools());
  const out: Segment[] = [];
  for (const segment of segments) stage.pushSegment(segment, (raised) => out.push(raised));
  return out;
}

const start = (call: number, name: string): Segment => ({ kind: 'call-start', call, name });
const write = (call: number, text: string): Segment => ({ kind: 'call-arguments', call, text });
const finish = (reason: 'stop' | 'length'): Segment => ({ kind: 'finish', reason });

describe('RaiseCalls', () => {
  it('should give a namespaced call its own name and namespace back', () => {
    expect(raise([start(0, 'agents__spawn')])).toMatchObject([
      { kind: 'call-start', name: 'spawn', tool: { namespace: 'agents', name: 'spawn' } },
    ]);
  });

  it('should understand a namespaced tool that is called without its namespace', () => {
    expect(raise([start(0, 'spawn')])).toMatchObject([{ name: 'spawn', tool: { namespace: 'agents' } }]);
  });

  it('should leave the arguments of functions and calls of unknown tools alone', () => {
    const segments = [start(0, 'exec'), write(0, '{"cmd":"ls"}'), start(1, 'nobody'), write(1, '{}')];
    expect(raise(segments)).toMatchObject([
      { name: 'exec' },
      segments[1],
      { kind: 'call-start', name: 'nobody' },
      segments[3],
    ]);
  });

  it('should unwrap the input of a freeform tool and end the call with the answer', () => {
    const raised = raise([
      start(0, 'apply_patch'),
      write(0, '{"input":"a\\n'),
      write(0, 'b"}'),
      finish('stop'),
    ]);
    expect(raised.slice(1)).toEqual([
      write(0, 'a\n'),
      write(0, 'b'),
      { kind: 'call-end', call: 0 },
      finish('stop'),
    ]);
  });

  it('should end a freeform call whose wrapper has closed before the answer was cut', () => {
    const raised = raise([start(0, 'apply_patch'), write(0, '{"input":"a"}'), finish('length')]);
    expect(raised).toContainEqual({ kind: 'call-end', call: 0 });
  });

  it('should not end a freeform call that was cut inside its input', () => {
    const raised = raise([start(0, 'apply_patch'), write(0, '{"input":"a'), finish('length')]);
    expect(raised).not.toContainEqual({ kind: 'call-end', call: 0 });
  });

  it.each(['{"input":"a', '{"patch":"a', '{"patch":', `{"patch":"${'a'.repeat(100)}`])(
    'should not end a freeform call that the model broke off although it had said everything: %s',
    (written) => {
      const raised = raise([start(0, 'apply_patch'), write(0, written), finish('stop')]);
      expect(raised).not.toContainEqual({ kind: 'call-end', call: 0 });
    },
  );

  it.each(['*** Begin Patch', '{ a block of code }', '', '{}', '"text"'])(
    'should end a freeform call whose input was written as %p',
    (written) => {
      const raised = raise([start(0, 'apply_patch'), write(0, written), finish('stop')]);
      expect(raised).toContainEqual({ kind: 'call-end', call: 0 });
    },
  );
});
