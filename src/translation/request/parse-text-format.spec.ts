import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { refusalOf, translate } from '../../../test/support/translation.js';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };

function formatOf(body: CreateResponseBody) {
  const { chat, response } = translate(body);
  return { sent: chat.response_format, echo: response.text.format };
}

const TEXT = { sent: undefined, echo: { type: 'text' } };
const OBJECT = { sent: { type: 'json_object' }, echo: { type: 'json_object' } };

describe('text.format', () => {
  it.each([
    ['no text', {}],
    ['text null', { text: null }],
    ['an empty text', { text: {} }],
    ['format null', { text: { format: null } }],
    ['an empty format', { text: { format: {} } }],
    ['a format of type null', { text: { format: { type: null } } }],
    ['the format text', { text: { format: { type: 'text' } } }],
    ['response_format text', { response_format: { type: 'text' } }],
  ])('should ask for plain text with %s', (_name, body) => {
    expect(formatOf(body)).toEqual(TEXT);
  });

  it.each([
    ['json_object', { text: { format: { type: 'json_object' } } }],
    ['response_format json_object', { response_format: { type: 'json_object' } }],
  ])('should ask for any JSON with %s', (_name, body) => {
    expect(formatOf(body)).toEqual(OBJECT);
  });

  it('should ask for JSON of a schema', () => {
    const format = { type: 'json_schema', name: 'a', description: 'b', schema: SCHEMA, strict: true };
    expect(formatOf({ text: { format } })).toEqual({
      sent: {
        type: 'json_schema',
        json_schema: { name: 'a', description: 'b', schema: SCHEMA, strict: true },
      },
      echo: format,
    });
  });

  it('should give a schema a name where it has none', () => {
    expect(formatOf({ text: { format: { type: 'json_schema', schema: SCHEMA } } })).toEqual({
      sent: { type: 'json_schema', json_schema: { name: 'response', schema: SCHEMA, strict: false } },
      echo: { type: 'json_schema', name: 'response', description: null, schema: SCHEMA, strict: false },
    });
  });

  it('should take the form of chat completions', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA, strict: true } };
    expect(formatOf({ response_format })).toEqual({
      sent: response_format,
      echo: { type: 'json_schema', name: 'a', description: null, schema: SCHEMA, strict: true },
    });
  });

  it.each([
    ['all of it nested', { json_schema: { name: 'a', schema: SCHEMA, strict: true } }],
    ['only the schema nested', { name: 'a', strict: true, json_schema: { schema: SCHEMA } }],
  ])('should keep the schema in the nested form of chat completions: %s', (_name, rest) => {
    expect(formatOf({ text: { format: { type: 'json_schema', ...rest } } })).toEqual({
      sent: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA, strict: true } },
      echo: { type: 'json_schema', name: 'a', description: null, schema: SCHEMA, strict: true },
    });
  });

  it('should take response_format in the flat form of Responses', () => {
    const format = { type: 'json_schema', name: 'a', schema: SCHEMA, strict: true };
    expect(formatOf({ response_format: format })).toEqual(formatOf({ text: { format } }));
  });

  it.each([
    [{ text: { format: { type: 'json_schema' } } }, 'text.format.schema'],
    [{ text: { format: { type: 'json_schema', name: 'a', schema: null } } }, 'text.format.schema'],
    [{ text: { format: { type: 'json_schema', json_schema: null } } }, 'text.format.schema'],
    [{ text: { format: { type: 'json_schema', json_schema: {} } } }, 'text.format.json_schema.schema'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.schema'],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'a' } } },
      'response_format.json_schema.schema',
    ],
  ])('should be refused where a json_schema has no schema: %j', (body, param) => {
    expect(refusalOf(() => translate(body))).toMatchObject({
      status: 400,
      code: 'missing_required_parameter',
      param,
    });
  });

  it('should win over response_format', () => {
    const body = { text: { format: { type: 'text' } }, response_format: { type: 'json_object' } };
    expect(formatOf(body)).toEqual(TEXT);
  });

  it.each([
    ['a word', { text: { format: 'json' } }, 'text.format'],
    ['an unknown type', { text: { format: { type: 'xml' } } }, 'text.format.type'],
    ['a type that is a number', { text: { format: { type: 5 } } }, 'text.format.type'],
    [
      'a schema that is text',
      { text: { format: { type: 'json_schema', schema: '{}' } } },
      'text.format.schema',
    ],
    [
      'a name that is a number',
      { text: { format: { type: 'json_schema', name: 5, schema: {} } } },
      'text.format.name',
    ],
    [
      'a description that is a list',
      { text: { format: { type: 'json_schema', description: [], schema: {} } } },
      'text.format.description',
    ],
    ['an unknown response_format', { response_format: { type: 'xml' } }, 'response_format.type'],
    [
      'a schema of response_format that is text',
      { response_format: { type: 'json_schema', json_schema: { schema: '{}' } } },
      'response_format.json_schema.schema',
    ],
  ])('should be refused with its path: %s', (_name, body, param) => {
    expect(refusalOf(() => translate(body))).toMatchObject({ status: 400, code: 'invalid_request', param });
  });
});
