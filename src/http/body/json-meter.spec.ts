import fc from 'fast-check';
import { GatewayError } from '../../errors/gateway-error.js';
import { JsonMeter, measureJson } from './json-meter.js';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, child) => sum + countValues(child), 1);
}

const refusal = (text: string, maxValues = NO_LIMIT): string | null => {
  try {
    measureJson(Buffer.from(text), maxValues);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return (error as GatewayError).errorName;
  }
};

/** The bytes in pieces, cut at the given places. */
function addInPieces(meter: JsonMeter, bytes: Buffer, cuts: readonly number[]): void {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  places.slice(1).forEach((end, index) => {
    meter.add(bytes.subarray(places[index], end));
  });
}

describe('JsonMeter', () => {
  it.each([
    ['null', 1],
    ['[]', 1],
    [' [ \n ] ', 1],
    ['{}', 1],
    ['[1]', 2],
    ['[{},{},{}]', 4],
    ['{"a":{"b":[1,2,"c"]},"d":null}', 7],
    ['["[,{", "\\"[,{", "\\\\", ","]', 5],
    [`["${'long, '.repeat(20)}\\"${'[,'.repeat(20)}"]`, 2],
  ])('should count the values of %s', (text, values) => {
    expect(countValues(JSON.parse(text))).toBe(values);
    expect(refusal(text, values)).toBeNull();
    // Text of any kind is at least one value: the smallest limit.
    if (values > 1) expect(refusal(text, values - 1)).toBe('request_too_large');
  });

  it('should count any JSON, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 8 }), { minLength: 1 }),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 6 }),
        (value, spaced, cuts) => {
          const bytes = Buffer.from(JSON.stringify(value, null, spaced ? ' ' : ''));
          const values = countValues(JSON.parse(bytes.toString()));
          addInPieces(new JsonMeter(values), bytes, cuts);
          expect(() => {
            addInPieces(new JsonMeter(values - 1), bytes, cuts);
          }).toThrow(/more than/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('should not lose its place in strings of quotes, backslashes and brackets', () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '\\', '[', '{', ',', 'x', 'é', '\n'),
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.array(fc.nat(), { maxLength: 6 }), (texts, cuts) => {
        const bytes = Buffer.from(JSON.stringify(texts));
        addInPieces(new JsonMeter(texts.length + 1), bytes, cuts);
        expect(() => {
          addInPieces(new JsonMeter(texts.length), bytes, cuts);
        }).toThrow(/more than/);
      }),
    );
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ])('should refuse more than 64 levels of %s', (open, close) => {
    const nested = (levels: number): string => {
      const times = levels / (open.startsWith('[{') ? 2 : 1);
      return `${open.repeat(times)}1${close.repeat(times)}`;
    };
    expect(refusal(nested(64))).toBeNull();
    expect(refusal(nested(66))).toBe('invalid_request');
    expect(refusal(nested(200_000))).toBe('invalid_request');
  });

  it('should not take brackets beside one another, or in text, for levels', () => {
    expect(refusal(`[${'[[1]],'.repeat(1_000)}"${'['.repeat(1_000)}"]`)).toBeNull();
  });

  it('should leave what is no JSON to the parser', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(['request_too_large', 'invalid_request', null]).toContain(refusal(text, 1_000));
      }),
    );
  });

  it.each([
    ['escapes', `"${'\\"'.repeat(1_000_000)}"`],
    ['escapes far apart', `"${`${'x'.repeat(40)}\\n`.repeat(50_000)}"`],
    ['short strings', `[${'"",'.repeat(700_000)}1]`],
    ['space', `[${' '.repeat(2_000_000)}]`],
    ['empty objects', `[${'{},'.repeat(700_000)}1]`],
  ])('should take about as long for %s as for any other text', (_what, text) => {
    const bytes = Buffer.from(text);
    const startedAt = performance.now();
    measureJson(bytes, NO_LIMIT);
    // Some 20 ms; what is quadratic takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
