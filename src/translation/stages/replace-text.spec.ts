import fc from 'fast-check';
import { splitText } from '../../../test/support/split-text.js';
import { joined, merged, passThrough } from '../../../test/support/translation.js';
import type { Logprob } from '../../contracts/responses-api.js';
import type { Segment } from '../vocabulary/segment.js';
import { ReplaceText, type ReplaceTextOptions } from './replace-text.js';

const KEY: ReplaceTextOptions = { pattern: /sk-[a-z]{4,8}\b/, by: '[key]', maxLength: 12 };
const text = (value: string): Segment => ({ kind: 'text', text: value });
const think = (value: string): Segment => ({ kind: 'reasoning', text: value });
const finish: Segment = { kind: 'finish', reason: 'stop' };
const token = (value: string): Logprob => ({
  token: value,
  logprob: -1,
  bytes: [...Buffer.from(value)],
  top_logprobs: [],
});
const withTokens = (...tokens: string[]): Segment => ({
  kind: 'text',
  text: tokens.join(''),
  logprobs: tokens.map(token),
});
const seen = (options: ReplaceTextOptions, ...segments: Segment[]): Segment[] =>
  passThrough(new ReplaceText(options), segments);
const changed = (options: ReplaceTextOptions, pieces: readonly string[]): string =>
  joined(seen(options, ...pieces.map(text), finish));

describe('replacing in texts', () => {
  it('should replace every match, by a text or by what is made of it', () => {
    expect(changed(KEY, ['sk-abcd, sk-efgh and sk-ij'])).toBe('[key], [key] and sk-ij');
    expect(changed({ ...KEY, by: (match) => `<${match.length}>` }, ['sk-abcd!'])).toBe('<7>!');
    expect(changed({ ...KEY, by: '$&' }, ['sk-abcd!'])).toBe('$&!');
  });

  it('should replace a match that comes in pieces, and hold back no more than one could be', () => {
    const pieces = ['a long start, and then s', 'k-', 'ab', 'cd', ' it goes on for a while'];
    const segments = seen(KEY, ...pieces.map(text));
    expect(joined(segments)).toBe('a long start, and then [key] it goes on ');
    expect(seen(KEY, text('x'.repeat(20)))).toEqual([text('x'.repeat(9))]);
  });

  it.each([['g'], ['y'], ['gy']])('should make no difference of the flags %s', (flags) => {
    const pattern = new RegExp('ab', flags);
    expect(changed({ pattern, by: '-', maxLength: 2 }, ['ab ab', 'ab'])).toBe('- --');
    expect(pattern.lastIndex).toBe(0);
  });

  it.each<[string, RegExp, string, string]>([
    ['the start of the text', /^ab/, 'abab', '-ab'],
    ['what stands in front', /(?<=c)ab/, 'ab'.repeat(9) + 'cab', 'ab'.repeat(9) + 'c-'],
    ['what stands behind', /ab(?!c)/, 'abcab', 'abc-'],
    ['the case', /AB/i, 'xaB', 'x-'],
    ['whole characters only', /[\udc00-\udfff]/, 'a🦊b', 'a🦊b'],
    ['characters of two halves', /🦊+/u, 'a🦊🦊b🐻', 'a-b🐻'],
  ])('should look at %s', (_what, pattern, whole, expected) => {
    for (const length of [1, 2, 3, 100]) {
      expect(changed({ pattern, by: '-', maxLength: 4 }, splitText(whole, [length]))).toBe(expected);
    }
  });

  it('should give the same text wherever it was cut', () => {
    const patterns = [
      /ab+c?/,
      /a|ab|abc/,
      /\bb+\b/,
      /(?<=a)b(?!c)/,
      /[^a]{2,9}/,
      /c$/,
      /(?:)/,
      /🦊b/u,
      /\ud83e/,
    ];
    const character = fc.constantFrom('a', 'b', 'c', ' ', '🦊', '\ud83e');
    fc.assert(
      fc.property(
        fc.string({ unit: character, maxLength: 60 }),
        fc.constantFrom(...patterns),
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        (whole, pattern, maxLength, lengths) => {
          const options = { pattern, by: '<>', maxLength };
          expect(changed(options, splitText(whole, lengths))).toBe(changed(options, [whole]));
        },
      ),
    );
  });

  it('should show a text where another item begins, and count each for itself', () => {
    const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
    const usage: Segment = { kind: 'usage', usage: {} as never };
    expect(merged(seen(KEY, think('sk-ab'), text('cd sk-'), usage, text('abcd'), call, finish))).toEqual([
      think('sk-ab'),
      usage,
      text('cd [key]'),
      call,
      finish,
    ]);
  });

  it('should show what it holds in front of a failure', () => {
    const failure: Segment = { kind: 'failure', error: new Error('gone') as never };
    expect(seen(KEY, text('sk-abcd'), failure)).toEqual([text('[key]'), failure]);
  });

  it('should leave other kinds alone', () => {
    const segments: Segment[] = [
      think('sk-abcd'),
      { kind: 'call-start', call: 0, name: 'f' },
      { kind: 'call-arguments', call: 0, text: '"sk-abcd"' },
      { kind: 'call-end', call: 0 },
      finish,
    ];
    expect(seen({ ...KEY, kinds: ['text'] }, ...segments)).toEqual(segments);
  });

  it('should replace in the arguments of calls that come side by side', () => {
    const part = (call: number, value: string): Segment => ({ kind: 'call-arguments', call, text: value });
    const options: ReplaceTextOptions = { ...KEY, kinds: ['call-arguments'] };
    const segments = [part(0, '"sk-'), part(1, '"sk-'), part(0, 'abcd"'), part(1, 'efgh"')];
    const end: Segment = { kind: 'call-end', call: 0 };
    expect(merged(seen(options, ...segments, end, finish))).toEqual([
      part(0, '"[key]"'),
      end,
      part(1, '"[key]"'),
      finish,
    ]);
  });

  it('should keep the tokens of what stays as it was, and no other', () => {
    const segments = seen(KEY, withTokens('a '), withTokens('(sk', '-ab'), withTokens('cd) ', 'b'), finish);
    expect(joined(segments)).toBe('a ([key]) b');
    const tokens = segments.flatMap((segment) => (segment.kind === 'text' ? (segment.logprobs ?? []) : []));
    expect(tokens.map((entry) => entry.token)).toEqual(['a ', 'b']);
  });

  it('should give no tokens to a text of which they are not known to be', () => {
    const odd: Segment = { kind: 'text', text: 'é', logprobs: [token('bytes:\\xc3'), token('bytes:\\xa9')] };
    expect(seen(KEY, odd, withTokens('b'), finish)).toEqual([
      { kind: 'text', text: 'éb', logprobs: [token('b')] },
      finish,
    ]);
  });

  it.each([0, 1, 1.5, Number.NaN])('should refuse to hold back %s characters', (maxLength) => {
    expect(() => new ReplaceText({ ...KEY, maxLength })).toThrow(RangeError);
  });
});
