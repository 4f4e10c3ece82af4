import { findExcess } from './find-excess.js';

const deep = (levels: number): Record<string, unknown> => {
  let schema: Record<string, unknown> = { type: 'string' };
  for (let level = 1; level < levels; level++) schema = { items: schema };
  return schema;
};

describe('findExcess', () => {
  it.each<[string, Record<string, unknown>]>([
    ['an empty schema', {}],
    [
      '5,000 properties',
      { properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`p${i}`, {}])) },
    ],
    ['120,000 characters', { description: 'x'.repeat(120_000) }],
    ['40 levels', deep(40)],
  ])('should find none in %s', (_name, schema) => {
    expect(findExcess(schema)).toBeNull();
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['values', { enum: Array.from({ length: 30_000 }, (_, i) => i) }, /values/],
    ['characters in keys', { properties: { ['x'.repeat(160_000)]: {} } }, /characters/],
    ['characters', { const: 'x'.repeat(160_000) }, /characters/],
    ['levels', deep(60), /levels/],
  ])('should find too many %s', (_name, schema, problem) => {
    expect(findExcess(schema)).toMatch(problem);
  });
});
