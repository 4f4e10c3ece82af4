import fc from 'fast-check';
import { parsePythonJson } from './parse-python-json.js';

describe('parsePythonJson', () => {
  it('should read JSON as it is', () => {
    expect(parsePythonJson('{"a": "b: NaN, c"}')).toEqual({ a: 'b: NaN, c' });
  });

  it.each(['-Infinity', 'Infinity', 'NaN'])('should read %s as an impossible logprob', (number) => {
    expect(parsePythonJson(`{"logprob": ${number}, "list": [${number}]}`)).toEqual({
      logprob: -9999,
      list: [-9999],
    });
  });

  it.each([
    '{"text":"a: NaN, b","n":NaN}',
    '{"text":"[NaN]","n":[NaN]}',
    '{"text":"\\"NaN, \\\\","n":NaN}',
    '{"NaN":"Infinity","a":{"-Infinity":[NaN]}}',
    '["\\\\\\"", NaN, "-Infinity,"]',
  ])('should leave strings as they are in %s', (text) => {
    const strings = (json: string) => json.match(/"(?:[^"\\]|\\.)*"/g);
    expect(strings(JSON.stringify(parsePythonJson(text)))).toEqual(strings(text));
  });

  it('should read what json.dumps writes of any value', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('NaN', ': NaN,', '[-Infinity]', '"', '\\', '\\"'),
      fc.constantFrom(NaN, Infinity, -Infinity, 0, 1.5, true, null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.array(fc.tuple(fc.string(), tie('tree')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parsePythonJson(dump(value))).toEqual(JSON.parse(dump(value, '-9999')));
      }),
    );
  });

  it('should look through a large text once', () => {
    const text = `{"a":"${'\\"NaN, '.repeat(500_000)}","b":[${'NaN,'.repeat(500_000)}NaN`;
    const start = performance.now();
    expect(() => parsePythonJson(text)).toThrow(SyntaxError);
    expect(() => parsePythonJson(`{"a":"${'\\'.repeat(2_000_000)}`)).toThrow(SyntaxError);
    expect(parsePythonJson(`${text}]}`)).toMatchObject({ a: '"NaN, '.repeat(500_000) });
    // Quadratic would be hours.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('should pass over a byte order mark', () => {
    expect(parsePythonJson('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it('should refuse what is no JSON either way', () => {
    expect(() => parsePythonJson('{"a": NaN')).toThrow(SyntaxError);
  });
});

/** Like Python's json.dumps, which writes numbers that JSON does not know. */
function dump(value: unknown, strange?: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => dump(item, strange)).join(', ')}]`;
  if (value instanceof Map) {
    const pairs = [...(value as Map<string, unknown>)];
    return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}: ${dump(item, strange)}`).join(', ')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return strange ?? String(value);
  return JSON.stringify(value);
}
