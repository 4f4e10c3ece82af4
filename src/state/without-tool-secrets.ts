import { isObject, type RawObject } from '../contracts/raw-object.js';
import { withoutUrlSecrets } from '../contracts/without-url-secrets.js';

/**
 * Items without the credentials of the tools of type `mcp` that they bring along: those are kept with the items, and shown with them,
 * and nobody uses them there.
 *
 * @param input a text, a list of items, or whatever a client has sent as such; what holds none is returned as it is
 */
export function withoutToolSecrets(input: unknown): unknown {
  if (!Array.isArray(input) || !input.some(bringsTools)) return input;
  return input.map((item: unknown) =>
    bringsTools(item) ? { ...item, tools: withoutSecrets(item.tools) } : item,
  );
}

/** The same for the tools of namespaces, where servers are not called. @param tools of a request; what stands in no namespace stays as it is */
export function withoutNestedSecrets<T>(tools: readonly T[]): readonly T[] {
  return tools.some(bringsTools)
    ? tools.map((tool) => (bringsTools(tool) ? { ...tool, tools: withoutSecrets(tool.tools) } : tool))
    : tools;
}

function bringsTools(item: unknown): item is RawObject & { tools: unknown[] } {
  return isObject(item) && Array.isArray(item.tools);
}

function withoutSecrets(tools: unknown[]): unknown[] {
  return tools.map((tool) => {
    if (bringsTools(tool)) return { ...tool, tools: withoutSecrets(tool.tools) };
    if (!isObject(tool) || tool.type !== 'mcp') return tool;
    const { authorization: _token, headers: _headers, server_url: url, ...rest } = tool;
    return { ...rest, ...(typeof url === 'string' && { server_url: withoutUrlSecrets(url) }) };
  });
}
