import fc from 'fast-check';
import { mendSurrogates } from './mend-surrogates.js';

const unit = fc.constantFrom('a', '"', '\\', '\n', 'u', 'd83d', '\ud83d', '\ude00', '\u{1f600}', 'é');
const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));
const ascii = (json: string) =>
  json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a JSON text', () => {
  it.each([
    ['a high surrogate alone', 'cut \ud83d', 'cut \ufffd'],
    ['a low one alone', '\ude00 cut', '\ufffd cut'],
    ['the two in the wrong order', '\ude00\ud83d', '\ufffd\ufffd'],
    ['two high ones', '\ud83d\ud83d\ude00', '\ufffd\u{1f600}'],
    ['a key', { '\ud83d': 1 }, { '\ufffd': 1 }],
    ['the text of an escape', '\\ud83d', '\\ud83d'],
    ['the text of an escape behind backslashes', '\\\\\ud83d\\ud83d', '\\\\\ufffd\\ud83d'],
  ])('should have lone surrogates replaced and nothing else: %s', (_name, given, expected) => {
    expect(JSON.parse(mendSurrogates(JSON.stringify(given)))).toEqual(expected);
  });

  it('should keep the escapes of a pair, in either case', () => {
    const json = '["\\ud83d\\ude00","\\uD83D\\uDE00"]';
    expect(mendSurrogates(json)).toBe(json);
    expect(mendSurrogates('"\\uD83D\\u0041"')).toBe('"\\ufffd\\u0041"');
  });

  it.each(['"\\ud8"', '"\\ud83x"', '"\\ud83d', '\\', '"\\ud83d\\u', '"\\ud83d\\"'])(
    'should stay wrong where it is no JSON: %s',
    (json) => {
      expect(() => JSON.parse(mendSurrogates(json)) as unknown).toThrow(SyntaxError);
    },
  );

  it('should be what each of its strings is when made well formed, however they are escaped', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (value, escapeAll) => {
        const json = JSON.stringify({ [value]: [value] });
        const mended = JSON.parse(mendSurrogates(escapeAll ? ascii(json) : json)) as Record<string, string[]>;
        const expected = Buffer.from(value, 'utf8').toString('utf8');
        expect(mended).toEqual({ [expected]: [expected] });
      }),
    );
  });
});
