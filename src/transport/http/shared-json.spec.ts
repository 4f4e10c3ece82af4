import fc from 'fast-check';
import { LONG_TEXT, SharedJson } from './shared-json.js';

const LONG = 'a "long" text, é漢🙂\u2028'.repeat(1_000);

describe('SharedJson', () => {
  it('should give the JSON of any value', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(LONG, `${LONG}!`, 'x'.repeat(LONG_TEXT)),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.constantFrom(null, 1, true),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (sample) => {
        const json = Buffer.concat(new SharedJson().encode(sample)).toString();
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(sample)));
        expect(json).not.toMatch(/[\u0085\u2028\u2029]/);
      }),
    );
  });

  it('should have the bytes of a long text once, for all values that hold it', () => {
    const shared = new SharedJson();
    const parts = [
      shared.encode({ text: LONG }),
      shared.encode({ part: { text: LONG } }),
      shared.encode({ output: [{ text: LONG }], output_text: LONG }),
    ].flat();
    const long = parts.filter((part) => part.length >= LONG_TEXT);
    expect(long).toHaveLength(4);
    expect(new Set(long).size).toBe(1);
  });

  it('should have the bytes of many logprobs once', () => {
    const shared = new SharedJson();
    const logprobs = Array.from({ length: 100 }, (_, index) => ({ token: String(index), logprob: -1 }));
    const long = shared.encode({ logprobs, part: { logprobs } }).filter((part) => part.length > 1_000);
    expect(new Set(long).size).toBe(1);
    expect(long).toHaveLength(2);
  });
});
