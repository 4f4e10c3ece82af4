import fc from 'fast-check';
import type { Segment } from '../vocabulary/segment.js';
import type { ToolBinding } from '../vocabulary/tool-table.js';
import { type RefusedCall, type RunnableCall, RunTools, type ToolRun } from './run-tools.js';

const served = (name: string, more: Partial<ToolBinding> = {}): ToolBinding => ({
  kind: 'mcp',
  name,
  namespace: 'desk',
  wireName: `desk__${name}`,
  parameters: null,
  ...more,
});
const READ = served('read');
const WRITE = served('write', { needsApproval: true });
const OWN: ToolBinding = { ...READ, kind: 'function', name: 'own', namespace: null, wireName: 'own' };
const OUTCOME = { output: 'done', error: null };
const STOP: Segment = { kind: 'finish', reason: 'stop' };

/** Runs what it is given when it is told to. */
class Turn implements ToolRun {
  readonly emitted: Segment[] = [];
  ran: readonly RunnableCall[] = [];
  wentOnWith: readonly RefusedCall[] | null = null;
  private calls = 0;
  private settle: (() => void) | null = null;
  private readonly stage = new RunTools(this, []);

  constructor(
    private room = Infinity,
    private readonly isPrompt = true,
  ) {}

  nextCall = () => this.calls++;
  take = () => this.room-- > 0;
  takeSearch = () => true;
  isServed = (name: string) => name.startsWith('desk__');
  run: ToolRun['run'] = (calls, ended, done) => {
    this.ran = calls;
    this.settle = () => {
      for (const { call } of calls) ended({ kind: 'call-result', call, outcome: OUTCOME });
      done();
    };
    if (this.isPrompt) this.settle();
  };
  goOn = (refused: readonly RefusedCall[]) => {
    this.wentOnWith = refused;
  };

  push(...segments: Segment[]): this {
    for (const segment of segments) this.stage.pushSegment(segment, (passed) => this.emitted.push(passed));
    return this;
  }

  end(): void {
    this.settle?.();
  }

  get kinds(): string[] {
    return this.emitted.map(({ kind }) => kind);
  }
}

const call = (
  number: number,
  tool: ToolBinding | undefined,
  text = '{}',
  name = tool?.name ?? '',
): Segment[] => [
  { kind: 'call-start', call: number, name, ...(tool && { tool }) },
  { kind: 'call-arguments', call: number, text },
  { kind: 'call-end', call: number },
];

describe('RunTools', () => {
  it('should run calls once the model has stopped, and go on', () => {
    const turn = new Turn().push({ kind: 'text', text: 'a' }, ...call(0, READ, '{"a":1}'));
    expect(turn.ran).toEqual([]);
    turn.push(STOP, { kind: 'usage', usage: {} as never });
    expect(turn.ran).toEqual([{ call: 0, tool: READ, arguments: '{"a":1}' }]);
    expect(turn.kinds).toEqual([
      'text',
      'call-start',
      'call-arguments',
      'call-end',
      'call-end',
      'call-result',
      'usage',
    ]);
    expect(turn.wentOnWith).toEqual([]);
  });

  it('should hold the end back until the calls have ended', () => {
    const turn = new Turn(Infinity, false).push(...call(0, READ), ...call(1, OWN), STOP);
    expect(turn.kinds).not.toContain('finish');
    turn.end();
    expect(turn.kinds.slice(-2)).toEqual(['call-result', 'finish']);
    expect(turn.wentOnWith).toBeNull();
  });

  it('should end the answer where the client has something to do', () => {
    expect(new Turn().push(...call(0, OWN), STOP).kinds.at(-1)).toBe('finish');
    const asked = new Turn().push(...call(0, WRITE, ''), STOP);
    expect(asked.emitted).toEqual([{ kind: 'approval-request', tool: WRITE, arguments: '{}' }, STOP]);
    expect(asked.ran).toEqual([]);
  });

  it.each(['length', 'content_filter', 'interrupted', 'malformed_call'] as const)(
    'should run nothing where the answer ended with %s',
    (reason) => {
      const turn = new Turn().push(...call(0, READ), ...call(1, WRITE), { kind: 'finish', reason });
      expect(turn.ran).toEqual([]);
      expect(turn.kinds.at(-1)).toBe('finish');
    },
  );

  it('should tell the model alone of what is not run', () => {
    const turn = new Turn(1).push(
      ...call(0, READ),
      ...call(1, READ, '{"b":1}'),
      ...call(2, undefined, '{}', 'desk__fly'),
      ...call(3, WRITE, '{"cut":'),
      STOP,
    );
    expect(turn.ran.length).toBe(1);
    expect(turn.wentOnWith?.map(({ name, reason }) => [name, reason])).toEqual([
      ['desk__read', expect.stringContaining('limit')],
      ['desk__fly', expect.stringContaining('no tool')],
      ['desk__write', expect.stringContaining('JSON')],
    ]);
  });

  it('should leave a call of an unknown tool to the client', () => {
    expect(new Turn().push(...call(0, undefined, '{}', 'fly'), STOP).kinds.at(-1)).toBe('finish');
  });

  it('should pass nothing on behind the end but what it has cost', () => {
    const turn = new Turn().push(
      ...call(0, READ),
      STOP,
      { kind: 'text', text: 'late' },
      ...call(1, READ),
      STOP,
    );
    expect(turn.kinds).not.toContain('text');
    expect(turn.ran.length).toBe(1);
  });

  it('should lose no argument and mix up no calls, however they are cut and interleaved', () => {
    const tool = fc.constantFrom(READ, WRITE, OWN, undefined);
    const calls = fc.array(fc.record({ tool, pieces: fc.array(fc.string(), { maxLength: 4 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(calls, fc.infiniteStream(fc.nat()), (given, order) => {
        const turn = new Turn();
        given.forEach(({ tool: binding }, index) => {
          turn.push({
            kind: 'call-start',
            call: index,
            name: binding?.name ?? 'strange',
            ...(binding && { tool: binding }),
          });
        });
        const left = given.map(({ pieces }) => [...pieces]);
        while (left.some((pieces) => pieces.length > 0)) {
          const open = left.flatMap((pieces, index) => (pieces.length > 0 ? [index] : []));
          const index = open[order.next().value % open.length] ?? 0;
          turn.push({ kind: 'call-arguments', call: index, text: left[index]?.shift() ?? '' });
        }
        turn.push(STOP);
        const texts = given.flatMap(({ tool: binding, pieces }) =>
          binding === READ ? [pieces.join('')] : [],
        );
        expect(turn.ran.map((run) => run.arguments)).toEqual(texts);
        expect(new Set(turn.ran.map((run) => run.call)).size).toBe(texts.length);
      }),
    );
  });
});
