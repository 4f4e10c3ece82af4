import { Ajv2020 } from 'ajv/dist/2020.js';
import { patternText } from './scalar-instance.js';
import { seededRandom } from './seeded-random.js';
import { schemaInstance } from './schema-instance.js';

const node = {
  type: 'object',
  properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['value', 'next'],
  additionalProperties: false,
};

const SCHEMAS: [string, object][] = [
  [
    'a flat object',
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'boolean' } }, required: ['a'] },
  ],
  ['numbers', { type: 'array', items: { type: 'number', minimum: 1, exclusiveMaximum: 2 }, minItems: 3 }],
  ['steps', { type: 'integer', multipleOf: 7, minimum: 10, maximum: 30 }],
  ['open bounds', { type: 'integer', exclusiveMinimum: 100 }],
  ['negative bounds', { type: 'number', maximum: -5 }],
  ['lengths', { type: 'string', minLength: 12, maxLength: 14 }],
  ['a pattern', { type: 'string', pattern: '^[a-f]{4}-[0-9]+$' }],
  [
    'enum and const',
    { type: 'object', properties: { e: { enum: [1, 'x', null] }, c: { const: 5 } }, required: ['e', 'c'] },
  ],
  ['nullable types', { type: ['string', 'null'] }],
  [
    'alternatives',
    {
      oneOf: [
        { type: 'string' },
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
      ],
    },
  ],
  ['a recursion', { $ref: '#/$defs/node', $defs: { node } }],
  [
    'a tree',
    { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#' } } }, required: ['kids'] },
  ],
  [
    'tuples',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2 },
  ],
  ['unique items', { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true, minItems: 2 }],
  [
    'allOf',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'integer' } }, required: ['b'] },
      ],
    },
  ],
  [
    'required without properties',
    { type: 'object', required: ['x'], additionalProperties: { type: 'integer' } },
  ],
];

describe('schemaInstance', () => {
  it.each(SCHEMAS)('should be valid for %s, whatever the seed', (_, schema) => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (let seed = 0; seed < 25; seed += 1) {
      const value = schemaInstance(schema, seededRandom(seed));
      expect([validate(value), value]).toEqual([true, value]);
    }
  });

  it('should give the same value for the same seed', () => {
    const [, schema] = SCHEMAS[1]!;
    expect(schemaInstance(schema, seededRandom(5))).toEqual(schemaInstance(schema, seededRandom(5)));
  });

  it.each([undefined, true, { format: 'uuid' }, { format: 'date-time' }, { format: 'constructor' }])(
    'should bear %j',
    (schema) => {
      expect(typeof schemaInstance(schema, seededRandom(1))).toBe('string');
    },
  );

  it.each([
    '^[A-Z]{3}-\\d{2,4}$',
    '^#[0-9a-f]{6}$',
    '[\\w.-]+@\\w+\\.com',
    '^\\+?[0-9]{1,3}$',
    '^$',
    'a*b?c',
  ])('should know a text for the pattern %s', (pattern) => {
    expect(patternText(pattern)).toMatch(new RegExp(pattern));
  });

  it.each(['^(a|b)$', '[^a]', '.', '\\bword', '[a\\]b]', '(?=a)a', '\\u0041'])(
    'should say that it knows none for the pattern %s',
    (pattern) => {
      expect(patternText(pattern)).toBeUndefined();
      expect(typeof schemaInstance({ type: 'string', pattern }, seededRandom(1))).toBe('string');
    },
  );
});
