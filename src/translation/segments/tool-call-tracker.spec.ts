import type { ChatToolCallDelta } from '../../contracts/chat-completions.js';
import type { Segment } from './segment.js';
import { ToolCallTracker } from './tool-call-tracker.js';

function track(...deltas: ChatToolCallDelta[][]): Segment[] {
  const segments: Segment[] = [];
  const tracker = new ToolCallTracker();
  for (const list of deltas) tracker.push(list, (segment) => segments.push(segment));
  return segments;
}

/** Name and joined arguments of each call, in order. */
function calls(...deltas: ChatToolCallDelta[][]): [string, string][] {
  const found: [string, string][] = [];
  for (const segment of track(...deltas)) {
    if (segment.kind === 'call-start') found[segment.call] = [segment.name, ''];
    else if (segment.kind === 'call-arguments') found[segment.call]![1] += segment.text;
  }
  return found;
}

const start = (index: number | null | undefined, id: string | null, name: string | null) => ({
  index,
  id,
  type: 'function',
  function: { name },
});
const args = (index: number | null | undefined, text: string, id?: string) => ({
  index,
  ...(id !== undefined && { id }),
  function: { arguments: text },
});

describe('following tool calls through their deltas', () => {
  it('should start a call at its name and pass its arguments on', () => {
    expect(track([start(0, 'a', 'f')], [args(0, '{"x"')], [args(0, ':1}')])).toEqual([
      { kind: 'call-start', call: 0, name: 'f' },
      { kind: 'call-arguments', call: 0, text: '{"x"' },
      { kind: 'call-arguments', call: 0, text: ':1}' },
    ]);
  });

  it('should take a whole call at once', () => {
    expect(calls([{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }])).toEqual([['f', '{}']]);
  });

  it('should keep interleaved calls apart', () => {
    expect(
      calls(
        [start(0, 'a', 'f')],
        [start(1, 'b', 'g')],
        [args(1, '{"y":')],
        [args(0, '{"x":1}')],
        [args(1, '2}')],
      ),
    ).toEqual([
      ['f', '{"x":1}'],
      ['g', '{"y":2}'],
    ]);
  });

  it('should number calls in the order in which they begin', () => {
    expect(calls([start(7, 'a', 'f')], [start(3, 'b', 'g')], [args(3, '{}')])).toEqual([
      ['f', ''],
      ['g', '{}'],
    ]);
  });

  it('should take the next call under the same index by its other id', () => {
    expect(
      calls([start(0, 'a', 'f')], [args(0, '{"x":1}')], [start(0, 'b', 'f')], [args(0, '{"x":2}')]),
    ).toEqual([
      ['f', '{"x":1}'],
      ['f', '{"x":2}'],
    ]);
  });

  it('should not start a call again where id and name are repeated in every delta', () => {
    const repeated = (text: string) => ({ index: 0, id: 'a', function: { name: 'f', arguments: text } });
    expect(calls([repeated('{"x"')], [repeated(':1')], [repeated('}')])).toEqual([['f', '{"x":1}']]);
  });

  it('should tell calls apart by their ids where there are no indices', () => {
    expect(
      calls(
        [start(undefined, 'a', 'f')],
        [args(null, '{"x":1}')],
        [start(null, 'b', 'g')],
        [args(undefined, '{}')],
      ),
    ).toEqual([
      ['f', '{"x":1}'],
      ['g', '{}'],
    ]);
  });

  it('should tell calls apart by their place where one delta has several without indices', () => {
    const whole = (id: string | null, name: string) => ({
      id,
      function: { name, arguments: `{"n":"${name}"}` },
    });
    expect(calls([whole('a', 'f'), whole('b', 'g')])).toEqual([
      ['f', '{"n":"f"}'],
      ['g', '{"n":"g"}'],
    ]);
    expect(calls([whole(null, 'f'), whole(null, 'f')])).toHaveLength(2);
  });

  it('should keep arguments that come before the name', () => {
    expect(calls([args(0, '{"x":')], [args(0, '1}')], [start(0, 'a', 'f')])).toEqual([['f', '{"x":1}']]);
    expect(calls([args(0, '{"x":')], [start(0, 'a', 'f')], [args(0, '1}')])).toEqual([['f', '{"x":1}']]);
  });

  it('should take several names first and their arguments later', () => {
    expect(calls([start(0, 'a', 'f'), start(1, 'b', 'g')], [args(0, '{"x":1}'), args(1, '{"y":2}')])).toEqual(
      [
        ['f', '{"x":1}'],
        ['g', '{"y":2}'],
      ],
    );
  });

  it('should take arguments that are an object', () => {
    expect(calls([{ index: 0, function: { name: 'f', arguments: { x: 1 } } }])).toEqual([['f', '{"x":1}']]);
  });

  it('should take an id that comes later than the name', () => {
    expect(calls([start(0, null, 'f')], [args(0, '{"x":', 'a')], [args(0, '1}', 'a')])).toEqual([
      ['f', '{"x":1}'],
    ]);
  });

  it('should tell the next call from one whose id came late', () => {
    expect(
      calls([start(0, null, 'f')], [args(0, '{"x":1}', 'a')], [start(0, 'b', 'g')], [args(0, '{}', 'b')]),
    ).toEqual([
      ['f', '{"x":1}'],
      ['g', '{}'],
    ]);
  });

  it('should make nothing of empty and missing fields', () => {
    expect(
      track([], [{}], [{ index: 0, function: null }], [{ index: 0, function: { name: '', arguments: '' } }]),
    ).toEqual([]);
  });

  it('should not start a call that never gets a name', () => {
    expect(track([args(0, '{"x":1}')])).toEqual([]);
  });
});
