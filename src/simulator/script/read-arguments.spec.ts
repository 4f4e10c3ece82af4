import { readArguments } from './read-arguments.js';

const schema = {
  properties: {
    query: { type: 'string' },
    limit: { type: 'integer' },
    exact: { type: 'boolean' },
    tags: { type: 'array' },
    city: { type: ['string', 'null'] },
  },
};

describe('readArguments', () => {
  it.each([
    [' tool with query lmdeploy.', { query: 'lmdeploy' }],
    [' with query "a, b and c." and limit 3', { query: 'a, b and c.', limit: 3 }],
    [
      ' tool with the query set to cats and dogs, limit: 5, exact True.',
      { query: 'cats and dogs', limit: 5, exact: true },
    ],
    [' with tags red, green', { tags: ['red', 'green'] }],
    [' with tags ["a", "b"] and city Paris.', { tags: ['a', 'b'], city: 'Paris' }],
    [' with query src/main.ts. Then reply with the result.', { query: 'src/main.ts' }],
    [' with {"query": "x", "other": {"y": 1}} please', { query: 'x', other: { y: 1 } }],
    [' with limit many', { limit: 'many' }],
    [' tool', {}],
  ])('should read %j', (segment, args) => {
    expect(readArguments(segment, schema)).toEqual(args);
  });

  it('should take the word before the value as the name where the schema names none', () => {
    expect(readArguments(' with place Berlin', {})).toEqual({ place: 'Berlin' });
  });

  it('should read a number whose schema allows null too, as zod writes it', () => {
    const nullable = { properties: { limit: { anyOf: [{ type: 'integer' }, { type: 'null' }] } } };
    expect(readArguments(' tool with limit 3.', nullable)).toEqual({ limit: 3 });
  });
});
