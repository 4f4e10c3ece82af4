import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error.js';
import { findMembers, parseMember } from './find-members.js';

const NAMES = ['model', 'key'];

/** What JSON.parse finds under these names. */
function parsed(text: string): Record<string, unknown> {
  const value = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  return Object.fromEntries(
    NAMES.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]),
  );
}

/** What is found in the bytes; of several members of one name the last. */
function found(text: string): Record<string, unknown> {
  const bytes = Buffer.from(text);
  return Object.fromEntries(
    findMembers(bytes, NAMES).map((member) => [member.name, parseMember(bytes, member)]),
  );
}

function errorOf(text: string): string {
  try {
    findMembers(Buffer.from(text), NAMES);
  } catch (error) {
    return error instanceof GatewayError ? error.errorName : String(error);
  }
  return 'none';
}

/** JSON of any spacing, with names and texts written with and without escapes. */
const blank = fc.constantFrom('', '', ' ', '\n', '\t', '\r\n ');
const written = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        'model',
        'key',
        'mod',
        'models',
        'a',
        '',
        '\\',
        '"',
        '{"model":1}',
        '\\"model\\":',
        'é😀',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
      // Beyond what is looked at byte by byte.
      fc.string({ unit: fc.constantFrom('x', '"', '\\'), minLength: 28, maxLength: 70 }),
    ),
    fc.boolean(),
  )
  .map(([text, isEscaped]) =>
    isEscaped
      ? `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(text),
  );
const scalar = fc.oneof(
  written,
  fc.constantFrom('null', 'true', 'false', '0', '-1', '1.5e+3', '2E-7'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
);
const { value } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('object'), tie('list')),
  object: objectOf(tie('value')),
  list: fc
    .array(fc.tuple(blank, tie('value'), blank), { maxLength: 4 })
    .map((entries) => `[${entries.map((entry) => entry.join('')).join(',') || ' '}]`),
}));

function objectOf(values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(blank, written, blank, fc.constant(':'), blank, values, blank), { maxLength: 6 })
    .map((members) => `{${members.map((member) => member.join('')).join(',') || ' '}}`);
}

describe('findMembers', () => {
  it('should find in any object what JSON.parse finds', () => {
    const text = fc
      .tuple(fc.constantFrom('', '\uFEFF'), blank, objectOf(value), blank)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (json) => {
        expect(found(json)).toEqual(parsed(json));
      }),
      { numRuns: 500 },
    );
  });

  it('should take nothing that JSON.parse takes for an object with other members, whatever the bytes', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      ' ',
      '"model"',
      '"a"',
      '1',
      'null',
      'x',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const text = parts.join('');
        let expected: Record<string, unknown> | null = null;
        try {
          const json: unknown = JSON.parse(text);
          expected = typeof json === 'object' && json !== null && !Array.isArray(json) ? parsed(text) : null;
        } catch {
          // Whether such a text is refused here or by the model server does not matter.
        }
        expect(errorOf(text)).toMatch(/^(none|invalid_json|invalid_request)$/);
        if (expected) expect(found(text)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('should tell every member of a name, and where its value stands', () => {
    const text = '{"model": 1,"a":{"model":2},"m\\u006fdel":"x" }';
    const members = findMembers(Buffer.from(text), NAMES);
    expect(members.map(({ start, end }) => text.slice(start, end))).toEqual(['1', '"x"']);
  });

  it.each([
    ['', 'invalid_request'],
    ['  ', 'invalid_request'],
    ['[]', 'invalid_request'],
    ['"model"', 'invalid_request'],
    ['{', 'invalid_json'],
    ['{"model":"x"', 'invalid_json'],
    ['{"model":"x}', 'invalid_json'],
    ['{"model":}', 'invalid_json'],
    ['{"model" "x"}', 'invalid_json'],
    ['{"model":"x",}', 'invalid_json'],
    ['{"model":"x"} {}', 'invalid_json'],
    ['{"a":[1', 'invalid_json'],
    ['{"\\u00zz":1}', 'invalid_json'],
    ["{'model':'x'}", 'invalid_json'],
    [`{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'invalid_request'],
    [`{"a":${'['.repeat(63)}${']'.repeat(63)}}`, 'none'],
  ])('should say of %s: %s', (text, error) => {
    expect(errorOf(text)).toBe(error);
  });

  it('should not take a text of another encoding for JSON', () => {
    expect(() => findMembers(Buffer.from('{"model":"x"}', 'utf16le'), NAMES)).toThrow(GatewayError);
  });

  it('should be through with megabytes of quotes, backslashes and brackets in no time', () => {
    const large = 4_000_000;
    const texts = ['\\\\', '\\"', 'x', '[{}]'].map(
      (part) => `{"a":"${part.repeat(large / part.length)}","model":"m"}`,
    );
    const startedAt = performance.now();
    for (const text of texts) expect(found(text)).toEqual({ model: 'm' });
    console.info(`4 texts of 4 MB: ${Math.round(performance.now() - startedAt)} ms`);
  });
});
