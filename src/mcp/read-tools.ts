import { isObject, type RawObject } from '../contracts/raw-object.js';
import type { ServedTool } from '../tools/tool-session.js';
import { boundValue } from './bound-value.js';

const MAX_NAME_CHARACTERS = 256;
const MAX_SCHEMA_CHARACTERS = 65_536;
const MAX_LEVELS = 64;

/** A tool without a schema that can be shown to a model can still be called. */
const NO_ARGUMENTS: RawObject = { type: 'object', properties: {} };

/**
 * The tools of one page, whatever the server has put there; what has no name is none.
 *
 * @param hide takes secrets out of what the server says; a tool that has one in its name could not be called by another
 */
export function readTools(list: unknown, hide: (text: string) => string): ServedTool[] {
  const tools = Array.isArray(list) ? list.flatMap(readTool) : [];
  return tools
    .filter(({ name }) => hide(name) === name)
    .map((tool) => ({
      ...tool,
      description: tool.description === null ? null : hide(tool.description),
      inputSchema: boundValue(tool.inputSchema, hide, MAX_LEVELS) as RawObject,
    }));
}

/** How much room they take, characters. */
export function sizeOfTools(tools: readonly ServedTool[]): number {
  return JSON.stringify(tools).length;
}

function readTool(raw: unknown): ServedTool[] {
  if (!isObject(raw)) return [];
  const { name, description, inputSchema, annotations } = raw;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_CHARACTERS) return [];
  const tool = {
    name,
    description: typeof description === 'string' ? description : null,
    inputSchema: isUsable(inputSchema) ? inputSchema : NO_ARGUMENTS,
    readOnly: isObject(annotations) && annotations.readOnlyHint === true,
  };
  return [tool];
}

function isUsable(schema: unknown): schema is RawObject {
  if (!isObject(schema) || schema.type !== 'object') return false;
  const { properties, required } = schema;
  if (properties !== undefined && !isObject(properties)) return false;
  if (required !== undefined && !Array.isArray(required)) return false;
  return isWithin(schema, MAX_LEVELS) && JSON.stringify(schema).length <= MAX_SCHEMA_CHARACTERS;
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isWithin(part, levels - 1));
}
