import { seededRandom } from './seeded-random.js';
import { decideCalls } from './decide-calls.js';
import { readArguments } from './read-arguments.js';
import { patternText } from './scalar-instance.js';
import { schemaInstance } from './schema-instance.js';

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);
const wide = (count: number, value: unknown) => {
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, value])),
    required: names,
  };
};
const doubled = (depth: number) => {
  const $defs: Record<string, unknown> = { [`d${depth}`]: { type: 'string' } };
  for (let level = 0; level < depth; level++) {
    const next = { $ref: `#/$defs/d${level + 1}` };
    $defs[`d${level}`] = { allOf: [next, next] };
  }
  return { $ref: '#/$defs/d0', $defs };
};

/** Without bounds each of these takes minutes, all memory or the whole stack. */
describe('what a caller has the simulator make up', () => {
  it.each([
    ['groups in groups', nested('(', ')', 50_000)],
    ['repetition of repetition', nested('(', 'a{999}){999}', 20)],
    ['one long repetition', 'a{1000000000}'],
    ['nothing, very often', '(){99999999999999}'],
    ['every character', '([\\u0000-\\uffff]{99}){99}'],
    ['as many as may be said', 'a{999}'.repeat(80)],
    ['empty branches', '(|'.repeat(20_000)],
  ])('should end for %s', (_name, pattern) => {
    expect((patternText(pattern) ?? '').length).toBeLessThan(200_000);
  });

  it.each<[string, object]>([
    ['a reference to itself', { $ref: '#' }],
    ['a schema that is part of itself', { allOf: [{ $ref: '#' }, { $ref: '#' }] }],
    ['a choice of itself', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }],
    ['an object in itself', wide(50, { $ref: '#' })],
    ['a list in itself', { type: 'array', minItems: 1e9, items: { $ref: '#' } }],
    ['items that cannot differ', { type: 'array', minItems: 1e9, uniqueItems: true, items: { const: 1 } }],
    ['an endless string', { type: 'string', minLength: 1e12 }],
    ['very many properties', wide(200_000, { type: 'string', pattern: '(a+)+' })],
    ['references that double', doubled(29)],
  ])('should end for %s', (_name, schema) => {
    expect(JSON.stringify(schemaInstance(schema, seededRandom(1))).length).toBeLessThan(3_000_000);
  });

  it('should make all of 2,500 properties', () => {
    const instance = schemaInstance(wide(2_500, { type: 'string', minLength: 1 }), seededRandom(1)) as object;
    expect(Object.keys(instance)).toHaveLength(2_500);
    expect(Object.values(instance)).not.toContain(null);
  });

  it.each([
    ['blanks', `with a ${' '.repeat(300_000)}x`],
    ['closing braces', `with a {"${'}'.repeat(300_000)}`],
    ['commas', `with ${', '.repeat(150_000)}`],
  ])('should read arguments out of %s', (_name, segment) => {
    const schema = wide(2_500, { type: ['array', 'string'] });
    expect(Object.keys(readArguments(segment, schema)).length).toBeLessThan(10);
  });

  it('should find tools in a text that names them all the time', () => {
    const tools = [{ name: 'f', parameters: {} }];
    const request = { tools, toolChoice: { mode: 'auto' } } as unknown as Parameters<typeof decideCalls>[0];
    const question = `Call ${'f and '.repeat(50_000)}`;
    expect(decideCalls(request, question, seededRandom(1)).length).toBeGreaterThan(0);
  });

  it.each([
    ['and', 'x and', 'x'],
    ['then call', 'x, then call', 'x'],
    ['a word that only ends so', 'brand', 'brand'],
  ])('should leave out %s behind a value', (_name, words, value) => {
    expect(readArguments(`with a ${words}`, { properties: { a: { type: 'string' } } })).toEqual({ a: value });
  });
});
