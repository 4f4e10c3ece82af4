import fc from 'fast-check';
import { splitBytes } from '../../test/support/split-bytes.js';
import { SseDecoder } from './sse-decoder.js';

function decode(pieces: readonly Buffer[], maxLineBytes = 1024): string[] {
  const data: string[] = [];
  const decoder = new SseDecoder((one) => data.push(one), maxLineBytes);
  for (const piece of pieces) decoder.push(piece);
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
    ['blank lines between', '\n\ndata: a\n\n\n\ndata: b\n\n', ['a', 'b']],
    ['nothing', '', []],
    ['garbage', 'hello\nworld\n\n', []],
  ])('should read %s', (_name, text, expected) => {
    expect(decodeText(text)).toEqual(expected);
  });

  it('should give data at once, not with the next read', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((one) => data.push(one), 1024);
    decoder.push(Buffer.from('data: a\n\ndata: b'));
    expect(data).toEqual(['a']);
    decoder.push(Buffer.from('\n\n'));
    expect(data).toEqual(['a', 'b']);
  });

  it('should not wait for a line that is longer than allowed', () => {
    const decoder = new SseDecoder(() => undefined, 16);
    decoder.push(Buffer.alloc(16, 'x'));
    expect(() => {
      decoder.push(Buffer.from('x'));
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
    decoder.push(Buffer.from('data: a'));
    decoder.end();
    decoder.end();
    expect(data).toEqual(['a']);
  });

  it('should give the same data however the bytes are cut, also within a character', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
      fc.constantFrom('', '', ': 注释', 'event: x', '{"a":"ä"}', 'data:😀', 'data', 'nonsense 日本'),
    );
    const newline = fc.constantFrom('\n', '\r\n');
    const stream = fc.array(fc.tuple(line, newline), { maxLength: 12 }).map((lines) => lines.flat().join(''));
    const rest = fc.constantFrom('', 'data: end', 'data: é');
    fc.assert(
      fc.property(stream, rest, fc.integer(), fc.integer({ min: 1, max: 9 }), (text, tail, seed, max) => {
        const bytes = Buffer.from(text + tail);
        const whole = decode([bytes]);
        expect(decode(splitBytes(bytes, { seed, max }))).toEqual(whole);
        expect(decode(splitBytes(bytes, 'bytes'))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});
