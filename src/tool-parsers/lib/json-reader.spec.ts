import { coerceText, readWhole } from './json-reader.js';
import { SchemaView } from './schema-view.js';

const any = SchemaView.any;
const schema = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  new SchemaView({ type: 'object', properties, ...more });

describe('JSON that a model has written', () => {
  it.each([
    '{}',
    '[]',
    '{"a":1}',
    '{ "a" : [ 1 , -2.5e3 , "x" ] ,\n"b":{} }',
    '{"a":"\\u5317\\ud83d\\ude00\\n\\"\\/"}',
    '{"a":1,"a":2}',
    '12345678901234567890',
    '"text"',
    'null',
  ])('should stay to the letter: %s', (text) => {
    expect(readWhole(text, any)).toBe(text);
  });

  it.each([
    ["{'a': 'it''s'}", null],
    ["{'a': 'say \"x\"'}", '{"a": "say \\"x\\""}'],
    ["{'a': 'it\\'s'}", '{"a": "it\'s"}'],
    ['{"a": True, "b": None, "c": False}', '{"a": true, "b": null, "c": false}'],
    ['{"a": "two\nlines"}', '{"a": "two\\nlines"}'],
    ['{"a": "C:\\dir"}', '{"a": "C:\\\\dir"}'],
    ['{"a": "\\x41\\u12"}', '{"a": "\\u0041\\\\u12"}'],
    ['[1, 2, ]', '[1, 2 ]'],
    ['{"a": 1,}', '{"a": 1}'],
    ['[+1, .5, 5.]', '[1, 0.5, 5]'],
    ['{"a": x}', null],
    ['{"a" 1}', null],
    ['{"a": 1 "b": 2}', null],
    ['{a: 1}', null],
    ['[1}', null],
    ['{"a": "x}', null],
    ['{} {}', null],
    ['[007x]', null],
    ['[,]', null],
    ['['.repeat(500) + ']'.repeat(500), null],
  ])('should be put right, or refused: %j', (text, expected) => {
    const json = readWhole(text, any);
    expect(json).toBe(expected);
    if (json !== null) expect(() => JSON.parse(json) as unknown).not.toThrow();
  });

  it.each<[unknown, string, string]>([
    [{ type: 'integer' }, '120000.0', '120000'],
    [{ type: 'integer' }, '"3"', '3'],
    [{ type: 'integer' }, '1.5', '1.5'],
    [{ type: 'integer' }, '"many"', '"many"'],
    [{ type: 'number' }, '120000.0', '120000.0'],
    [{ type: 'number' }, '"0.5"', '0.5'],
    [{ type: 'boolean' }, '"True"', 'true'],
    [{ type: 'string' }, '77004', '"77004"'],
    [{ type: 'string' }, 'true', '"true"'],
    [{ type: 'string' }, 'null', 'null'],
    [{ type: ['string', 'integer'] }, '5', '5'],
    [{ type: 'array' }, '"[1, 2]"', '[1, 2]'],
    [{ type: 'array', items: { type: 'integer' } }, '["1", 2.0]', '[1, 2]'],
    [{ type: 'object' }, '"{\\"a\\": 1}"', '{"a": 1}'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, '"7"', '7'],
    [{ $ref: '#/$defs/count' }, '"7"', '7'],
    [{ enum: [1, 2] }, '"2"', '2'],
    [{}, '"3"', '"3"'],
  ])('should fit the schema %j: %s', (property, written, expected) => {
    const root = schema({ a: property }, { $defs: { count: { type: 'integer' } } });
    expect(readWhole(`{"a":${written}}`, root)).toBe(`{"a":${expected}}`);
  });
});

describe('a bare value', () => {
  it.each<[unknown, string, string]>([
    [{ type: 'string' }, '77004', '"77004"'],
    [{ type: 'string' }, ' a\n"b" ', '" a\\n\\"b\\" "'],
    [{ type: 'string' }, 'null', '"null"'],
    [{ type: ['string', 'null'] }, 'None', 'null'],
    [{ type: 'integer' }, ' 3 ', '3'],
    [{ type: 'integer' }, '120000.0', '120000'],
    [{ type: 'integer' }, 'three', '"three"'],
    [{ type: 'number' }, '1e3', '1e3'],
    [{ type: 'boolean' }, 'TRUE', 'true'],
    [{ type: 'null' }, 'None', 'null'],
    [{ type: 'object' }, "{'a': True}", '{"a": true}'],
    [{ type: 'array' }, '[1, 2', '"[1, 2"'],
    [undefined, '5', '5'],
    [undefined, '{"a": 1}', '{"a": 1}'],
    [undefined, 'text', '"text"'],
    [undefined, '007', '7'],
    [undefined, '', '""'],
  ])('should become what the schema %j says: %j', (property, text, expected) => {
    expect(coerceText(text, new SchemaView(property))).toBe(expected);
  });
});
