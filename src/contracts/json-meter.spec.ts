import fc from 'fast-check';
import { type JsonExcess, JsonMeter } from './json-meter.js';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const LEVELS = 64;

const meterFor = (values: number): JsonMeter => new JsonMeter({ values, levels: LEVELS });

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, child) => sum + countValues(child), 1);
}

const excessOf = (text: string, values = NO_LIMIT): JsonExcess | null =>
  meterFor(values).add(Buffer.from(text));

/** What the bytes come to in pieces, cut at the given places. */
function addInPieces(meter: JsonMeter, bytes: Buffer, cuts: readonly number[]): JsonExcess | null {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places
    .slice(1)
    .reduce<JsonExcess | null>(
      (excess, end, index) => excess ?? meter.add(bytes.subarray(places[index], end)),
      null,
    );
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
    expect(excessOf(text, values)).toBeNull();
    // Text of any kind is at least one value: the smallest limit.
    if (values > 1) expect(excessOf(text, values - 1)).toBe('values');
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
          const meter = meterFor(values);
          expect(addInPieces(meter, bytes, cuts)).toBeNull();
          expect(meter.values).toBe(values);
          expect(addInPieces(meterFor(values - 1), bytes, cuts)).toBe('values');
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
        expect(addInPieces(meterFor(texts.length + 1), bytes, cuts)).toBeNull();
        expect(addInPieces(meterFor(texts.length), bytes, cuts)).toBe('values');
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
    expect(excessOf(nested(64))).toBeNull();
    expect(excessOf(nested(66))).toBe('levels');
    expect(excessOf(nested(200_000))).toBe('levels');
  });

  it('should not take brackets beside one another, or in text, for levels', () => {
    expect(excessOf(`[${'[[1]],'.repeat(1_000)}"${'['.repeat(1_000)}"]`)).toBeNull();
  });

  it('should leave what is no JSON to the parser', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(['values', 'levels', null]).toContain(excessOf(text, 1_000));
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
    meterFor(NO_LIMIT).add(bytes);
    // Some 20 ms; what is quadratic takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
