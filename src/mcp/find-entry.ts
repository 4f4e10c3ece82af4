import { parseUrl } from '../config/parse-url.js';
import type { McpServerEntry } from '../gateway-file/mcp-server-entry.js';
import type { McpAddress } from './mcp-address.js';

/**
 * The server of CONFIG_FILE that a request means. One that names another URL under a known label means another server, which must not get
 * what is configured for this one.
 */
export function findEntry(
  { label, url, connectorId }: McpAddress,
  entries: readonly McpServerEntry[],
): McpServerEntry | undefined {
  if (url !== null) {
    const same = entries.filter((entry) => entry.url !== undefined && isSame(entry.url, url));
    return same.find((entry) => entry.label === label) ?? same[0];
  }
  return connectorId === null
    ? entries.find((entry) => entry.label === label)
    : entries.find(({ connectorIds }) => connectorIds?.includes(connectorId));
}

function isSame(one: string, other: string): boolean {
  return parseUrl(one)?.href === parseUrl(other)?.href;
}
