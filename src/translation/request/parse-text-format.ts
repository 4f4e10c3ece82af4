import type { ChatResponseFormat } from '../../contracts/chat-completions.js';
import type { TextFormat } from '../../contracts/responses-api.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { readObject, readText } from './read-field.js';

export interface ParsedTextFormat {
  /** What goes upstream; undefined for plain text. */
  chat: ChatResponseFormat | undefined;
  echo: TextFormat;
}

/**
 * Reads `text.format`, or `response_format` when that is given instead; either in the form of Responses or nested as in chat
 * completions.
 *
 * @throws GatewayError naming the field when the format is unknown or its schema is missing
 */
export function parseTextFormat({ text, response_format }: CreateResponseBody): ParsedTextFormat {
  const format = text?.format;
  if (format !== undefined && format !== null) return parse(readObject(format, 'text.format'), 'text.format');
  if (response_format) return parse(response_format, 'response_format');
  return { chat: undefined, echo: { type: 'text' } };
}

function parse(format: RawObject, path: string): ParsedTextFormat {
  switch (format.type) {
    case undefined:
    case null:
    case 'text':
      return { chat: undefined, echo: { type: 'text' } };
    case 'json_object':
      return { chat: { type: 'json_object' }, echo: { type: 'json_object' } };
    case 'json_schema':
      return isObject(format.json_schema)
        ? parseSchema({ ...format, ...format.json_schema }, `${path}.json_schema`)
        : parseSchema(format, path);
    default:
      throw invalidRequest(`${path}.type`, "Expected one of 'text', 'json_object', 'json_schema'.");
  }
}

function parseSchema(format: RawObject, path: string): ParsedTextFormat {
  if (format.schema === undefined || format.schema === null) {
    const param = `${path}.schema`;
    throw new GatewayError('missing_parameter', { param, message: `${param} is required.` });
  }
  const schema = readObject(format.schema, `${path}.schema`);
  const name = readText(format.name, `${path}.name`) || 'response';
  const description = readText(format.description, `${path}.description`);
  const strict = format.strict === true;
  return {
    chat: {
      type: 'json_schema',
      json_schema: { name, ...(description !== '' && { description }), schema, strict },
    },
    echo: { type: 'json_schema', name, description: description || null, schema, strict },
  };
}
