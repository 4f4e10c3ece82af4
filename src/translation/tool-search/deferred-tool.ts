import type { ChatTool } from '../../contracts/chat-completions.js';
import type { ToolEcho } from '../../contracts/responses-api.js';
import type { ServedTools } from '../request/tools/served-tools.js';
import { unwrapTool } from '../request/tools/unwrap-tool.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';

/** A tool that the model is not shown before it has searched for it. */
export interface DeferredTool {
  wireName: string;
  /** How the model is shown it then. */
  chat: ChatTool;
  source: ToolSource;
}

/** Where a tool comes from, and how the client is told that it was found. */
export type ToolSource =
  | { kind: 'tool'; name: string; definition: RawObject }
  | { kind: 'namespace'; name: string; namespace: RawObject; definition: RawObject }
  | { kind: 'server'; name: string; echo: RawObject; toolName: string };

/** @param namespace that it stands in; null: none */
export function sourceOf(definition: ToolEcho, namespace: RawObject | null): ToolSource {
  const shown = { ...definition };
  return namespace
    ? { kind: 'namespace', name: String(namespace.name), namespace, definition: shown }
    : { kind: 'tool', name: String(shown.name), definition: shown };
}

/** Whether the gateway is to search the tools of a request, and some are to be found. */
export function searchesTools(
  tools: readonly unknown[] | null | undefined,
  served: readonly ServedTools[] = [],
): boolean {
  return tools?.some(isGatewaySearch) === true && tools.some((tool) => hasDeferred(tool, served));
}

/** Names of tools of a server, where they are listed. */
export function namesOf(allowed: unknown): string[] {
  return Array.isArray(allowed) ? allowed.filter((name) => typeof name === 'string') : [];
}

function isGatewaySearch(tool: unknown): boolean {
  return isObject(tool) && tool.type === 'tool_search' && tool.execution !== 'client';
}

function hasDeferred(tool: unknown, served: readonly ServedTools[]): boolean {
  if (!isObject(tool)) return false;
  switch (tool.type) {
    case 'namespace':
      return Array.isArray(tool.tools) && tool.tools.some((child) => hasDeferred(child, []));
    case 'mcp':
      return served.some(
        ({ request, tools }) => request.isDeferred && request.label === tool.server_label && tools.length > 0,
      );
    default:
      return (
        (tool.type === 'function' || tool.type === 'custom') &&
        unwrapTool(tool, '').source.defer_loading === true
      );
  }
}
