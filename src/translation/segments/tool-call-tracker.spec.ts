import fc from 'fast-check';
import type { ChatToolCallDelta } from '../../contracts/chat-completions.js';
import type { Segment } from '../vocabulary/segment.js';
import { ToolCallTracker } from './tool-call-tracker.js';

const OFFERED = ['getget', 'search'];

function track(...deltas: ChatToolCallDelta[][]): Segment[] {
  const segments: Segment[] = [];
  const emit = (segment: Segment) => segments.push(segment);
  const tracker = new ToolCallTracker((name) => OFFERED.includes(name));
  for (const list of deltas) tracker.pushDeltas(list, emit);
  tracker.end(emit);
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

  it('should take the entries of one list for calls of their own, also under one id', () => {
    const whole = (text: string) => ({ id: '0', type: 'function', function: { name: 'f', arguments: text } });
    const two = [
      ['f', '{"x":1}'],
      ['f', '{"x":2}'],
    ];
    expect(calls([whole('{"x":1}'), whole('{"x":2}')])).toEqual(two);
    expect(calls([whole('{}'), whole('{}')])).toEqual([
      ['f', '{}'],
      ['f', '{}'],
    ]);
    const list = [whole('{"x":1}'), whole('{"x":2}')];
    expect(calls(list, list)).toEqual(two);
  });

  it('should pass over what is no call', () => {
    expect(calls([null as never, { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }])).toEqual([
      ['f', '{}'],
    ]);
  });

  it('should not take white space for a name, nor for a part of one', () => {
    expect(calls([{ index: 0, id: 'a', function: { name: ' search\n', arguments: '{}' } }])).toEqual([
      ['search', '{}'],
    ]);
    expect(calls([{ index: 0, id: 'a', function: { name: ' ', arguments: '{}' } }])).toEqual([]);
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

  it('should know of a call that never gets a name, once the server has begun it', () => {
    const hasNameless = (...deltas: ChatToolCallDelta[]) => {
      const tracker = new ToolCallTracker();
      for (const delta of deltas) tracker.pushDeltas([delta], () => undefined);
      tracker.end(() => undefined);
      return tracker.hasNameless;
    };
    expect(hasNameless(args(0, '{}'))).toBe(true);
    expect(hasNameless({ index: 0, id: 'a', function: { name: null } })).toBe(true);
    expect(hasNameless({ index: 0, function: { name: '', arguments: '' } })).toBe(false);
    expect(hasNameless(start(0, 'a', 'f'), args(1, '{}'))).toBe(true);
    expect(hasNameless(start(0, 'a', 'f'))).toBe(false);
  });
});

describe('names of calls', () => {
  const named = (name: string, text?: string, id: string | null = 'a') => [
    { index: 0, id, function: { name, ...(text !== undefined && { arguments: text }) } },
  ];

  it('should be joined up to the first byte of the arguments', () => {
    expect(calls(named('edit_e', ''), named('xisting', '', null), named('_file', '{}', null))).toEqual([
      ['edit_existing_file', '{}'],
    ]);
    expect(calls(named('edit_'), named('file', '{', null), named('x', '}', null))).toEqual([
      ['edit_file', '{}'],
    ]);
  });

  it('should be joined up to the end where there are no arguments', () => {
    expect(calls(named('edit_'), named('file', undefined, null))).toEqual([['edit_file', '']]);
  });

  it('should be taken once where they are repeated, also longer each time', () => {
    expect(calls(named('f'), named('f'), named('f', '{}'))).toEqual([['f', '{}']]);
    expect(calls(named('edit'), named('edit_fi'), named('edit_file', '{}'))).toEqual([['edit_file', '{}']]);
  });

  it('should be joined where that makes the name of a tool, though the pieces are the same', () => {
    expect(calls(named('get'), named('get', '{}'))).toEqual([['getget', '{}']]);
    expect(calls(named('search'), named('search', '{}'))).toEqual([['search', '{}']]);
  });

  it('should be over with the next call', () => {
    expect(calls([start(0, 'a', 'f')], [start(1, 'b', 'g')], [args(0, '{}')])).toEqual([
      ['f', '{}'],
      ['g', ''],
    ]);
  });
});

describe('arguments that come more than once', () => {
  it('should not be joined where the last delta repeats them', () => {
    expect(calls([start(0, 'a', 'f')], [args(0, '{"x"')], [args(0, ':1}')], [args(0, '{"x":1}')])).toEqual([
      ['f', '{"x":1}'],
    ]);
  });

  it('should not be joined where they are repeated in pieces or spaced in another way', () => {
    expect(calls([start(0, 'a', 'f')], [args(0, '{"x":1}')], [args(0, '{"x"')], [args(0, ': 1}')])).toEqual([
      ['f', '{"x":1}'],
    ]);
  });

  it('should not be joined where the whole call is repeated', () => {
    const whole = { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } };
    expect(calls([whole], [whole])).toEqual([['f', '{"x":1}']]);
    const { index: _index, ...unplaced } = whole;
    expect(calls([start(undefined, 'a', 'f')], [args(null, '{"x":1}')], [unplaced])).toEqual([
      ['f', '{"x":1}'],
    ]);
  });

  it('should be read once where each delta has all that there is by now', () => {
    expect(
      calls([start(0, 'a', 'f')], [args(0, '{"x"')], [args(0, '{"x":"{')], [args(0, '{"x":"{"}')]),
    ).toEqual([['f', '{"x":"{"}']]);
  });

  it('should be left as they are where braces only look like a repetition', () => {
    const pieces = ['{"a":[', '{"b":{}', '}', ',', '{"b":{}', '}', ']', '}'];
    expect(calls([start(0, 'a', 'f')], ...pieces.map((text) => [args(0, text)]))).toEqual([
      ['f', pieces.join('')],
    ]);
    const code = ['{"code":"', '{}', '{}', '{', '}', '{', '}"}'];
    expect(calls([start(0, 'a', 'f')], ...code.map((text) => [args(0, text)]))).toEqual([
      ['f', code.join('')],
    ]);
  });

  const text = fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', 'a', ':', ',', '[', ' ', '😀') });
  const key = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '😀') });
  const cuts = fc.array(fc.nat(), { maxLength: 8 });
  const endsOf = (json: string, at: number[]) =>
    [...at.map((cut) => cut % json.length), json.length].sort((a, b) => a - b);
  const piecesOf = (json: string, ends: number[]) =>
    ends.map((end, index) => json.slice(ends[index - 1] ?? 0, end));
  const read = (pieces: string[]) =>
    calls([start(0, 'a', 'f')], ...pieces.map((piece) => [args(0, piece)]))[0]?.[1];

  it('should be the same object, however a server cuts it, whatever braces it holds', () => {
    const value = fc.oneof(text, fc.dictionary(text, text), fc.array(fc.dictionary(text, text)));
    fc.assert(
      fc.property(fc.dictionary(text, value), cuts, (object, at) => {
        const json = JSON.stringify(object);
        expect(read(piecesOf(json, endsOf(json, at)))).toBe(json);
      }),
      { numRuns: 2000 },
    );
  });

  it('should be the same object, however a server repeats it', () => {
    const value = fc.oneof(text, fc.constant({}), fc.array(text));
    const ways = fc.constantFrom('grown', 'pieces and whole', 'pieces twice', 'spaced');
    fc.assert(
      fc.property(fc.dictionary(key, value), cuts, ways, (object, at, way) => {
        const json = JSON.stringify(object);
        const ends = endsOf(json, at);
        const pieces = piecesOf(json, ends);
        const sent = {
          grown: ends.map((end) => json.slice(0, end)),
          'pieces and whole': [...pieces, json],
          'pieces twice': [...pieces, ...pieces],
          spaced: [...pieces, JSON.stringify(object, null, 1)],
        }[way];
        expect(read(sent)).toBe(json);
      }),
      { numRuns: 2000 },
    );
  });

  it('should leave out an empty object that only holds their place', () => {
    expect(
      calls([{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }], [args(0, '{"x":1}')]),
    ).toEqual([['f', '{"x":1}']]);
    expect(calls([start(0, 'a', 'f')], [args(0, '{}')], [args(0, '{}')])).toEqual([['f', '{}']]);
  });

  it('should not hide what is not the same: the call is broken then', () => {
    expect(calls([start(0, 'a', 'f')], [args(0, '{"x":1}')], [args(0, '{"x":2}')])).toEqual([
      ['f', '{"x":1}{"x":2}'],
    ]);
  });
});

describe('calls under one index', () => {
  const whole = (id: string | null, name: string, text: string) => [
    { index: 0, id, function: { name, arguments: text } },
  ];

  it('should be told apart without ids by what they are', () => {
    expect(calls(whole(null, 'f', '{}'), whole(null, 'g', '{}'))).toEqual([
      ['f', '{}'],
      ['g', '{}'],
    ]);
    expect(calls(whole('', 'f', '{"x":1}'), whole('', 'f', '{"x":2}'))).toEqual([
      ['f', '{"x":1}'],
      ['f', '{"x":2}'],
    ]);
  });

  it('should not begin a call with what is left of a name', () => {
    const late = { index: 0, id: 'a', function: { name: 'rest', arguments: '' } };
    expect(calls(whole('a', 'f', '{"x":1}'), [late])).toEqual([['f', '{"x":1}']]);
  });

  it('should be one call where each delta has another id and only the first a name', () => {
    expect(calls([start(0, 'a', 'f')], [args(0, '{"x":', 'b')], [args(0, '1}', 'c')])).toEqual([
      ['f', '{"x":1}'],
    ]);
  });

  it('should take indices that begin at 1, and an index that comes later than the name', () => {
    expect(calls([start(1, 'a', 'f')], [args(1, '{}')], [start(2, 'b', 'g')], [args(2, '{}')])).toHaveLength(
      2,
    );
    expect(calls([start(null, 'a', 'f')], [args(0, '{"x":1}')])).toEqual([['f', '{"x":1}']]);
    expect(calls([start(0, 'a', 'f')], [args(null, '{"x":1}')])).toEqual([['f', '{"x":1}']]);
  });

  it('should cost time in line with their number and length', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => [start(index, `id${index}`, 'f')]);
    expect(calls(...many)).toHaveLength(20_000);
    const braces = Array.from({ length: 20_000 }, (_, index) => [args(0, index % 2 ? '}' : '{')]);
    const [[, text] = []] = calls([start(0, 'a', 'f')], [args(0, '{"x":"')], ...braces, [args(0, '"}')]);
    expect(text).toHaveLength(20_008);
  });
});
