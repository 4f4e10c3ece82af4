import { isObject, type RawObject } from '../../../contracts/raw-object.js';

/** The fields of a tool and where they stand: beside its type, or as in chat completions in an object that the type names. */
export function unwrapTool(tool: RawObject, path: string): { source: RawObject; base: string } {
  const type = String(tool.type);
  const inner = Object.hasOwn(tool, type) ? tool[type] : undefined;
  return isObject(inner) ? { source: inner, base: `${path}.${type}` } : { source: tool, base: path };
}
