import fc from 'fast-check';
import { functionTool, joined, merged, translate } from '../../test/support/translation.js';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';
import { HermesParser } from './hermes.parser.js';

const TOOLS = translate({ tools: [functionTool('search'), functionTool('now')] }).plan.tools;

function parse(pieces: readonly string[], reason: FinishReason = 'stop'): Segment[] {
  const parser = new HermesParser().create(TOOLS);
  const segments = pieces.flatMap((piece) => parser.pushText(piece));
  return merged([...segments, ...parser.end(reason)]);
}

/** The same with the arguments in one spelling: how a parser spaces them is its own affair. */
function spelled(segments: readonly Segment[]): Segment[] {
  return segments.map((segment) =>
    segment.kind === 'call-arguments'
      ? { ...segment, text: JSON.stringify(JSON.parse(segment.text)) }
      : segment,
  );
}

const text = (value: string): Segment => ({ kind: 'text', text: value });
const call = (number: number, name: string, argumentsText: string): Segment[] => [
  { kind: 'call-start', call: number, name },
  { kind: 'call-arguments', call: number, text: argumentsText },
  { kind: 'call-end', call: number },
];
const block = (json: string) => `<tool_call>\n${json}\n</tool_call>`;

describe('calls in the text of Hermes and Qwen models', () => {
  it.each<[string, string, Segment[]]>([
    ['a text alone', 'hello', [text('hello')]],
    [
      'a call alone',
      block('{"name": "search", "arguments": {"q": "北京"}}'),
      call(0, 'search', '{"q":"北京"}'),
    ],
    [
      'parameters for arguments',
      block('{"name":"search","parameters":{"q":1}}'),
      call(0, 'search', '{"q":1}'),
    ],
    [
      'arguments that are JSON text',
      block('{"name":"search","arguments":"{\\"q\\":1}"}'),
      call(0, 'search', '{"q":1}'),
    ],
    ['a call without arguments', block('{"name":"now"}'), call(0, 'now', '{}')],
    ['arguments of null', block('{"name":"now","arguments":null}'), call(0, 'now', '{}')],
    ['pretty-printed JSON', block('{\n  "name": "now",\n  "arguments": {}\n}'), call(0, 'now', '{}')],
    [
      'escaped letters',
      block('{"name":"search","arguments":{"q":"\\u5317\\ud83d\\ude00"}}'),
      call(0, 'search', '{"q":"北😀"}'),
    ],
    [
      'two calls with text around',
      `a ${block('{"name":"search","arguments":{"q":1}}')}\n${block('{"name":"now","arguments":{}}')} b`,
      [text('a '), ...call(0, 'search', '{"q":1}'), text('\n'), ...call(1, 'now', '{}'), text(' b')],
    ],
    [
      'a close tag inside of a string',
      block('{"name":"search","arguments":{"q":"</tool_call>"}}'),
      call(0, 'search', '{"q":"</tool_call>"}'),
    ],
    [
      'a missing close tag between calls',
      '<tool_call>{"name":"now"}<tool_call>{"name":"now"}</tool_call>',
      [...call(0, 'now', '{}'), ...call(1, 'now', '{}')],
    ],
    ['a missing close tag at the end', '<tool_call>{"name":"now"}', call(0, 'now', '{}')],
  ])('should be read: %s', (_name, whole, expected) => {
    expect(spelled(parse([whole]))).toEqual(expected);
    expect(spelled(parse(whole.split('')))).toEqual(expected);
  });

  it.each([
    ['a start of the tag at the end', 'see <tool'],
    ['a lone bracket at the end', '1 <'],
    ['a tool that was not offered', block('{"name":"fly","arguments":{}}')],
    ['JSON that is none', block('{name: search}')],
    ['JSON without a name', block('{"arguments":{}}')],
    ['a name that is a number', block('{"name":5}')],
    ['an opening tag alone', '<tool_call>'],
    ['an opening tag in a sentence', 'Write <tool_call> and then JSON.'],
    ['a closing tag alone', 'a </tool_call> b'],
    ['a list', block('[]')],
  ])('should be given back as text where they are none: %s', (_name, whole) => {
    expect(parse([whole])).toEqual([text(whole)]);
    expect(parse(whole.split(''))).toEqual([text(whole)]);
  });

  it('should begin but not end where the answer was cut within', () => {
    const whole = '<tool_call>{"name": "search", "arguments": {"q": "lm';
    for (const pieces of [[whole], whole.split('')]) {
      const [start, ...rest] = parse(pieces, 'length');
      expect(start).toEqual({ kind: 'call-start', call: 0, name: 'search' });
      const written = rest.map((segment) =>
        segment.kind === 'call-arguments' ? segment.text : segment.kind,
      );
      expect('{"q": "lm').toContain(written.join(''));
    }
  });

  it('should be given back as text where the answer was cut before the name was known', () => {
    expect(parse(['<tool_call>{"na'], 'length')).toEqual([text('<tool_call>{"na')]);
  });

  it('should come as soon as their JSON is whole', () => {
    const parser = new HermesParser().create(TOOLS);
    expect(parser.pushText('<tool_call>{"name":"now"')).toEqual([]);
    expect(parser.pushText('}')).toEqual(call(0, 'now', '{}'));
  });

  it('should hold back no more text than a start of the tag', () => {
    const parser = new HermesParser().create(TOOLS);
    expect(parser.pushText('hello <b> <tool')).toEqual([text('hello <b> ')]);
    expect(parser.pushText('s>')).toEqual([text('<tools>')]);
  });

  it('should keep numbers that doubles cannot hold', () => {
    expect(parse([block('{"name":"search","arguments":{"n":12345678901234567890}}')])).toEqual(
      call(0, 'search', '{"n":12345678901234567890}'),
    );
  });

  it('should be read behind an opening tag that only stands in a sentence', () => {
    const whole = `Write <tool_call> like this: ${block('{"name":"now"}')}`;
    expect(parse([whole])).toEqual([text('Write <tool_call> like this: '), ...call(0, 'now', '{}')]);
  });

  const plain = fc.constantFrom('a', ' ', '\n', '<', '>', '<b>', '😀', '{', '}', '"', '<tool', '/');
  const json = fc.constantFrom(
    '{"name":"search","arguments":{"q":"a"}}',
    '{"name":"now"}',
    '{"name":"search","arguments":{"q":"</tool_call><tool_call>}"}}',
    '{"name":"fly"}',
    '{name}',
  );
  const anything = fc.array(
    fc.oneof(plain, json, json.map(block), fc.constantFrom('<tool_call>', '</tool_call>', '</tool_')),
    { maxLength: 10 },
  );
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 6 }));

  const cut = (whole: string, lengths: Iterator<number>): string[] => {
    const pieces: string[] = [];
    for (let at = 0; at < whole.length;) {
      const length = Number(lengths.next().value);
      pieces.push(whole.slice(at, at + length));
      at += length;
    }
    return pieces;
  };

  it('should be the same however the text is cut', () => {
    fc.assert(
      fc.property(
        anything,
        cuts,
        fc.constantFrom<FinishReason>('stop', 'length'),
        (parts, lengths, reason) => {
          const whole = parts.join('');
          const expected = parse([whole], reason);
          expect(parse(cut(whole, lengths), reason)).toEqual(expected);
          expect(parse(whole.split(''), reason)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('should leave every letter outside of calls where it was', () => {
    const harmless = fc.array(fc.constantFrom('a', ' ', '\n', '<b>', '😀', '<', '</tool', '}'), {
      maxLength: 5,
    });
    const part = fc.tuple(
      harmless.map((letters) => letters.join('')),
      fc.constantFrom('{"name":"now"}', '{"name":"search","arguments":{"q":"<tool_call>"}}'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), harmless, cuts, (parts, tail, lengths) => {
        const whole = parts.map(([before, call]) => before + block(call)).join('') + tail.join('');
        const segments = parse(cut(whole, lengths));
        expect(joined(segments)).toBe(parts.map(([before]) => before).join('') + tail.join(''));
        expect(segments.filter(({ kind }) => kind === 'call-end')).toHaveLength(parts.length);
      }),
      { numRuns: 300 },
    );
  });

  it('should lose no letter where there is no call', () => {
    const noCall = fc.array(fc.oneof(plain, fc.constantFrom('<tool_call>', '</tool_call>', '{"a":1}')));
    fc.assert(
      fc.property(noCall, cuts, (parts, lengths) => {
        const whole = parts.join('');
        expect(joined(parse(cut(whole, lengths)))).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });
});
