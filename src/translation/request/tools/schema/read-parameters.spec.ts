import fc from 'fast-check';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { functionTool, translate } from '../../../../../test/support/translation.js';
import type { RawObject } from '../../../../contracts/raw-object.js';
import { repairParameters } from './read-parameters.js';

const X = { type: 'string' };
const A = { type: 'object', properties: { a: X }, required: ['a'] };
const B = { type: 'object', properties: { b: X } };
const NONE = { type: 'object', properties: {} };
/** A schema that stands for one property. */
const repaired = (schema: unknown) =>
  (repairParameters({ type: 'object', properties: { p: schema } }).properties as RawObject).p;

describe('the root of parameters', () => {
  it.each([
    ['null', { type: null, properties: { a: X } }, { type: 'object', properties: { a: X } }],
    ['None', { type: 'None', properties: {} }, NONE],
    ['no type', { properties: { a: X } }, { type: 'object', properties: { a: X } }],
    ['the type null', { type: 'null' }, NONE],
    [
      'a list of types',
      { type: ['object', 'null'], properties: { a: X } },
      { type: 'object', properties: { a: X } },
    ],
    ['a type in capitals', { type: 'OBJECT', properties: {} }, NONE],
    ["Python's name of the type", { type: 'dict', properties: {} }, NONE],
    ['an unknown type', { type: 'thing' }, NONE],
    ['nothing', {}, NONE],
    ['no properties', { type: 'object' }, NONE],
    ['properties null', { type: 'object', properties: null }, NONE],
    ['properties that are a list', { type: 'object', properties: [] }, NONE],
    ['properties that are text', { type: 'object', properties: 'a' }, NONE],
    ['required null', { ...NONE, required: null }, NONE],
    ['required true', { ...NONE, required: true }, NONE],
    ['required text', { ...NONE, required: 'a' }, NONE],
    ['required that names more than texts', { ...A, required: ['a', 1, null, 'a'] }, A],
  ])('should be an object with properties: %s', (_name, schema, expected) => {
    expect(repairParameters(schema as RawObject)).toEqual(expected);
  });

  it.each(['anyOf', 'oneOf'])(
    'should be the one object of %s, null and what is no object left aside',
    (union) => {
      expect(repairParameters({ [union]: [A, { type: 'null' }] })).toEqual(A);
      expect(repairParameters({ [union]: [null, A, false, { const: null }, { enum: [null] }] })).toEqual(A);
      expect(repairParameters({ [union]: [A, { type: 'string' }, { type: 'array', items: A }] })).toEqual(A);
      expect(repairParameters({ [union]: [{ anyOf: [A, { type: 'null' }] }, { type: 'null' }] })).toEqual(A);
      expect(repairParameters({ [union]: [{ type: 'null' }] })).toEqual(NONE);
      expect(repairParameters({ [union]: [] })).toEqual(NONE);
      expect(repairParameters({ [union]: null })).toEqual(NONE);
    },
  );

  it('should keep what stands beside the one alternative', () => {
    const schema = { description: 'd', properties: { b: X }, required: ['b'], anyOf: [A, { type: 'null' }] };
    expect(repairParameters(schema)).toEqual({
      type: 'object',
      description: 'd',
      properties: { a: X, b: X },
      required: ['a', 'b'],
    });
  });

  it.each([{ const: null, $ref: 'elsewhere' }, { $ref: '#/none', type: 'null' }, { not: {} }, false])(
    'should tell alternatives by what is left of them: %j',
    (nothing) => {
      expect(repairParameters({ anyOf: [A, nothing] })).toEqual(A);
    },
  );

  it.each([{ items: null }, { prefixItems: 5 }, { $ref: 'elsewhere', enum: {} }])(
    'should tell an object by what is left of it: %j',
    (schema) => {
      expect(repairParameters(schema)).toEqual(NONE);
    },
  );

  it('should keep several objects as alternatives, and show their properties', () => {
    expect(repairParameters({ oneOf: [A, B, { type: 'null' }] })).toEqual({
      type: 'object',
      properties: { a: X, b: X },
      oneOf: [A, B],
    });
    const tagged = [1, 2].map((tag) => ({ type: 'object', properties: { kind: { const: tag } } }));
    expect(repairParameters({ anyOf: tagged })).toEqual({
      type: 'object',
      properties: { kind: { anyOf: [{ const: 1 }, { const: 2 }] } },
      anyOf: tagged,
    });
  });

  it('should be what a reference stands for', () => {
    const $defs = { A, B: { $ref: '#/$defs/A' } };
    expect(repairParameters({ $ref: '#/$defs/A', $defs })).toEqual({ ...A, $defs });
    expect(repairParameters({ $ref: '#/$defs/B', $defs })).toEqual({ ...A, $defs });
    expect(repairParameters({ anyOf: [{ $ref: '#/$defs/B' }, { type: 'null' }], $defs })).toEqual({
      ...A,
      $defs,
    });
    expect(repairParameters({ allOf: [{ $ref: '#/$defs/A' }], $defs })).toEqual({ ...A, $defs });
    expect(
      repairParameters({ definitions: { 'a/b %~': A }, $ref: '#/definitions/a~1b%20%25~0' }),
    ).toMatchObject(A);
  });

  it.each(['#', '#/$defs/A', '#/none', 'https://example.com/schema.json', 'A'])(
    'should be an object without properties where a reference leads nowhere: %s',
    ($ref) => {
      expect(repairParameters({ $ref, $defs: { A: { $ref: '#/$defs/A' } } })).toEqual({
        ...NONE,
        $defs: { A: { $ref: '#/$defs/A' } },
      });
    },
  );

  it.each([
    { type: 'string' },
    { type: 'array', items: X },
    { type: ['string', 'null'] },
    { items: X },
    { enum: ['a', 'b'] },
    { const: 5 },
    { anyOf: [{ type: 'string' }, { type: 'array', items: X }, { type: 'null' }] },
  ])('should hold a schema of something else as a property: %j', (schema) => {
    expect(repairParameters(schema)).toEqual({
      type: 'object',
      properties: { input: schema },
      required: ['input'],
    });
  });

  it('should have the references of a schema it holds lead to where it stands', () => {
    const tree = {
      type: 'array',
      items: { anyOf: [{ $ref: '#' }, { $ref: '#/$defs/leaf' }] },
      $defs: { leaf: X },
    };
    expect(repairParameters(tree)).toMatchObject({
      properties: {
        input: {
          items: { anyOf: [{ $ref: '#/properties/input' }, { $ref: '#/properties/input/$defs/leaf' }] },
        },
      },
    });
  });
});

describe('a schema within parameters', () => {
  it.each([
    ['type null', { type: null, description: 'd' }, { description: 'd' }],
    ['type None', { type: 'None' }, {}],
    ['a type that is an object', { type: {} }, {}],
    ['types with null', { type: ['string', null, 'None'] }, { type: ['string', 'null'] }],
    ['no types', { type: [] }, {}],
    [
      'keywords that are null',
      { type: 'string', enum: null, items: null, format: null, minLength: null, title: null },
      X,
    ],
    ['an enum that is an object', { type: 'string', enum: { a: 1 } }, X],
    ['an empty enum', { type: 'string', enum: [] }, X],
    ['properties that are a list', { type: 'object', properties: [] }, { type: 'object' }],
    ['a bound that is text', { type: 'number', minimum: '5', exclusiveMaximum: true }, { type: 'number' }],
    ['a length below 0', { type: 'string', maxLength: -1 }, X],
    ['items by place', { type: 'array', items: [X, A] }, { type: 'array', prefixItems: [X, A] }],
    [
      'items by place and others',
      { type: 'array', items: [X], additionalItems: A },
      { type: 'array', prefixItems: [X], items: A },
    ],
    ['no items', { type: 'array', items: [] }, { type: 'array' }],
    ['items that are the name of a type', { type: 'array', items: 'str' }, { type: 'array', items: X }],
    ['alternatives that are none', { anyOf: [null, 5, X] }, { anyOf: [X] }],
    ['no alternatives', { description: 'd', anyOf: [], oneOf: {} }, { description: 'd' }],
    ['true', true, {}],
    ['false', false, { not: {} }],
    ['null', null, {}],
    ['the name of a type', 'string', X],
    ['a number', 5, {}],
    ['a reference that leads nowhere', { $ref: '#/none' }, {}],
    ['a reference to another document', { $ref: 'https://example.com/x' }, {}],
    ['a reference that is no text', { $ref: {} }, {}],
  ])('should be mended: %s', (_name, schema, expected) => {
    expect(repaired(schema)).toEqual(expected);
    expect(
      repaired({ type: 'array', items: { anyOf: [A, { type: 'object', additionalProperties: schema }] } }),
    ).toEqual({
      type: 'array',
      items: {
        anyOf: [
          A,
          {
            type: 'object',
            additionalProperties: typeof schema === 'boolean' ? schema : repairedInner(schema, expected),
          },
        ],
      },
    });
  });

  /** Where only a schema may stand, what is none at all has nothing to stand for it. */
  const repairedInner = (schema: unknown, expected: unknown) =>
    schema === null || typeof schema === 'number' ? undefined : expected;

  it('should know properties from keywords', () => {
    const properties = { type: X, required: X, items: X, enum: X, $ref: X, anyOf: X };
    expect(repaired({ type: 'object', properties, required: null })).toEqual({ type: 'object', properties });
  });

  it('should keep null where it means something', () => {
    const schema = {
      anyOf: [{ type: 'string', default: null }, { type: 'null' }, { const: null }, { enum: [null] }],
    };
    expect(repaired(schema)).toEqual(schema);
  });

  it('should take a property called __proto__ for what it is', () => {
    const properties = JSON.parse('{"__proto__":{"type":null},"b":{"type":null}}') as RawObject;
    const mended = repairParameters({ type: 'object', properties }).properties as RawObject;
    expect(Object.keys(mended)).toEqual(['__proto__', 'b']);
    expect(Object.getPrototypeOf(mended)).toBe(Object.prototype);
  });
});

describe('the repair of parameters', () => {
  it.each([
    NONE,
    A,
    { ...A, $schema: 'http://json-schema.org/draft-07/schema#', additionalProperties: false, 'x-own': null },
    {
      type: 'object',
      properties: { n: { $ref: '#/$defs/N' } },
      $defs: { N: { type: ['object', 'null'], items: X } },
    },
    { ...A, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    {
      type: 'object',
      properties: { t: { $ref: '#' }, u: { $ref: '#anchor' }, l: { prefixItems: [X], items: false } },
    },
  ])('should hand back itself what is right: %j', (schema) => {
    expect(repairParameters(schema)).toBe(schema);
  });

  const anchored = fc.constantFrom('#', '#/$defs/a', '#/properties/a', '#/anyOf/0', 'x');
  const keyword = fc.constantFrom(
    ...[
      'type',
      'properties',
      'required',
      'items',
      'anyOf',
      'oneOf',
      'allOf',
      '$ref',
      '$defs',
      'enum',
      'const',
      'a',
      '__proto__',
    ],
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, 'object', 'null', 'None', 'string', 'array', 5, ''),
      anchored,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(keyword, tie('node'), { maxKeys: 5 }),
    ),
  }));
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  it('should give any JSON at all a root that is an object, valid by the rules of JSON schema', () => {
    fc.assert(
      fc.property(fc.oneof(node, fc.jsonValue()), (parameters) => {
        const { chat } = translate({ tools: [functionTool('f', { parameters })] });
        const sent = chat.tools?.[0]?.function.parameters ?? {};
        expect(sent).toMatchObject({ type: 'object', properties: expect.any(Object) as object });
        void ajv.validateSchema(sent);
        expect(ajv.errors ?? []).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('should find nothing to mend in what it has mended', () => {
    fc.assert(
      fc.property(fc.dictionary(keyword, node), (schema) => {
        const mended = repairParameters(schema);
        expect(repairParameters(mended)).toEqual(mended);
      }),
      {
        examples: [
          [{ oneOf: [{ const: 'object' }], enum: [{}] }],
          [{ oneOf: [{}, { const: null, $ref: 'string' }] }],
          [{ anyOf: [{}, { items: null }] }],
          [{ anyOf: [{}, { enum: [], const: null }] }],
        ],
      },
    );
  });

  it('should bear depth that no stack bears', () => {
    let deep: RawObject = { type: null };
    for (let level = 0; level < 100_000; level++)
      deep = level % 2 === 0 ? { properties: { p: deep } } : { anyOf: [deep] };
    expect(JSON.stringify(repairParameters(deep)).length).toBeLessThan(1_000_000);
  });

  it('should look at what many references share once', () => {
    const shared = {
      anyOf: Array.from({ length: 2_000 }, (_, at) => ({ type: 'object', properties: { [`p${at}`]: X } })),
    };
    const references = Array.from({ length: 2_000 }, () => ({ $ref: '#/$defs/shared' }));
    let reads = 0;
    const counted = new Proxy(shared, {
      get: (target, key) => {
        if (key === 'anyOf') reads += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    repairParameters({ anyOf: references, $defs: { shared: counted } });
    expect(reads).toBeLessThan(50);
  });
});
