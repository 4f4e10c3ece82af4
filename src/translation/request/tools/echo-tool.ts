import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import type { FunctionToolEcho, ToolEcho } from '../../../contracts/responses-api.js';
import type { NestedJson } from '../nested-json.js';
import { flattenFormat } from './lower-custom-tool.js';
import { readParameters } from './schema/read-parameters.js';
import { unwrapTool } from './unwrap-tool.js';

export function echoCustom(tool: RawObject): ToolEcho {
  const { source } = unwrapTool(tool, '');
  if (source === tool) return tool as ToolEcho;
  const { format, ...rest } = source;
  return { ...rest, type: 'custom', ...(isObject(format) && { format: flattenFormat(format) }) };
}

export function echoFunction(tool: RawObject, texts: NestedJson): FunctionToolEcho {
  const { source } = unwrapTool(tool, '');
  return {
    type: 'function',
    name: String(source.name),
    description: typeof source.description === 'string' ? source.description : null,
    parameters: readParameters(source.parameters, texts),
    strict: typeof source.strict === 'boolean' ? source.strict : null,
    ...(source.defer_loading === true && { defer_loading: true }),
  };
}
