import fc from 'fast-check';
import { splitBytes } from '../../test/support/split-bytes.js';
import { SseDecoder } from './sse-decoder.js';

function decode(pieces: readonly Buffer[], maxLineBytes = 1024): string[] {
  const data: string[] = [];
  const decoder = new SseDecoder((one) => data.push(one), maxLineBytes);
  for (const piece of pieces) decoder.pushBytes(piece);
  decoder.end();
  return data;
}

const decodeText = (text: string) => decode([Buffer.from(text)]);

describe('decoding server-sent events', () => {
  it.each<[string, string, string[]]>([
    ['events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['no space behind the colon', 'data:a\n\n', ['a']],
    ['one space only taken away', 'data:  a\n\n', [' a']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['several data lines of one event', 'data: a\ndata: b\n\n', ['a\nb']],
    ['comments', ': ping\n\ndata: a\n: ping\n\n', ['a']],
    ['other fields', 'event: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['an event without data', 'event: x\n\n', []],
    ['empty data', 'data:\n\n', ['']],
    ['a bare JSON line', '{"error_code":1}\n', ['{"error_code":1}']],
    ['a last event without blank line', 'data: a\n\ndata: b\n', ['a', 'b']],
    ['a last line without newline', 'data: a', ['a']],
    ['a last line that is CR only', 'data: a\n\r', ['a']],
    ['CR only', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['a mixture of line ends', 'data: a\r\n\rdata: b\n\r\ndata: c\r\n\ndata: d\r\r\n', ['a', 'b', 'c', 'd']],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['a byte order mark before another line', ': hi\n\n\uFEFFdata: a\n\n', ['a']],
    ['a byte order mark within data', 'data: \uFEFFa\n\n', ['\uFEFFa']],
    ['a byte order mark before bare JSON', '\uFEFF{"a":1}\n', ['{"a":1}']],
    ['JSON over several lines', '{\n  "a": [\n    1\n  ]\n}\n', ['{\n  "a": [\n    1\n  ]\n}']],
    ['a bare JSON line right before an event', '{"a":1}\ndata: b\n\n', ['{"a":1}', 'b']],
    ['a bare JSON line right behind an event', 'data: b\n{"a":1}\n', ['b', '{"a":1}']],
    ['a comment behind a bare JSON line', '{"a":1}\n: ping\n\n', ['{"a":1}']],
    ['blank lines between', '\n\ndata: a\n\n\n\ndata: b\n\n', ['a', 'b']],
    ['nothing', '', []],
    ['garbage', 'hello\nworld\n\n', []],
  ])('should read %s', (_name, text, expected) => {
    expect(decodeText(text)).toEqual(expected);
  });

  it('should tell the name of an event, of that event alone', () => {
    const events: unknown[] = [];
    const decoder = new SseDecoder((data, event) => events.push([data, event]), 1024);
    decoder.pushBytes(
      Buffer.from('event: ping\ndata: a\n\nevent:error\n\ndata: b\n\nid: 1\nevent: x\ndata: c\n\n'),
    );
    expect(events).toEqual([
      ['a', 'ping'],
      ['b', null],
      ['c', 'x'],
    ]);
  });

  it('should give the data of CR lines at once', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((one) => data.push(one), 1024);
    decoder.pushBytes(Buffer.from('data: a\r\r'));
    expect(data).toEqual(['a']);
    decoder.pushBytes(Buffer.from('\ndata: b\r\rdata: c'));
    expect(data).toEqual(['a', 'b']);
  });

  it('should not gather an event of many lines that is longer than allowed', () => {
    const decoder = new SseDecoder(() => undefined, 16);
    decoder.pushBytes(Buffer.from('data: 12345678\n'));
    expect(() => {
      decoder.pushBytes(Buffer.from('data: 123456789\n'));
    }).toThrow(RangeError);
  });

  it('should count each event on its own', () => {
    expect(decode([Buffer.from('data: 12345678\n\n'.repeat(9))], 16)).toHaveLength(9);
  });

  it('should give data at once, not with the next read', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((one) => data.push(one), 1024);
    decoder.pushBytes(Buffer.from('data: a\n\ndata: b'));
    expect(data).toEqual(['a']);
    decoder.pushBytes(Buffer.from('\n\n'));
    expect(data).toEqual(['a', 'b']);
  });

  it('should not wait for a line that is longer than allowed', () => {
    const decoder = new SseDecoder(() => undefined, 16);
    decoder.pushBytes(Buffer.alloc(16, 'x'));
    expect(() => {
      decoder.pushBytes(Buffer.from('x'));
    }).toThrow(RangeError);
  });

  it('should count the waiting bytes anew for each line', () => {
    expect(
      decode([Buffer.from('data: 12345'), Buffer.from('6\n\ndata: 12345'), Buffer.from('6\n\n')], 12),
    ).toEqual(['123456', '123456']);
  });

  it('should give nothing twice when ended twice', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((one) => data.push(one), 1024);
    decoder.pushBytes(Buffer.from('data: a'));
    decoder.end();
    decoder.end();
    expect(data).toEqual(['a']);
  });

  it('should give the same data however the bytes are cut, also within a character', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
      fc.constantFrom(
        '',
        '',
        ': 注释',
        '\uFEFFdata: bom',
        '{',
        '}',
        'event: x',
        '{"a":"ä"}',
        'data:😀',
        'data',
        'nonsense 日本',
      ),
    );
    const newline = fc.constantFrom('\n', '\r\n', '\r');
    const stream = fc.array(fc.tuple(line, newline), { maxLength: 12 }).map((lines) => lines.flat().join(''));
    const rest = fc.constantFrom('', 'data: end', 'data: é');
    fc.assert(
      fc.property(stream, rest, fc.integer(), fc.integer({ min: 1, max: 9 }), (text, tail, seed, max) => {
        const withLineFeeds = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') + tail;
        const bytes = Buffer.from(text + tail);
        const whole = decode([bytes]);
        expect(decodeText(withLineFeeds)).toEqual(whole);
        expect(decode(splitBytes(bytes, { seed, max }))).toEqual(whole);
        expect(decode(splitBytes(bytes, 'bytes'))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});
