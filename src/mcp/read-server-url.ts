import { parseUrl } from '../config/parse-url.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { McpAddress } from './mcp-address.js';

const MAX_CHARACTERS = 2_048;
const STRANGE = /[\0-\x20\x7f\\]/;

/**
 * The URL that a request gives, by one parser, so that nobody reads another host out of it.
 *
 * @throws GatewayError (400) where there is none, which is the answer for labels and connectors that nobody has configured
 */
export function readServerUrl({ url, connectorId }: McpAddress, path: string): URL {
  const refuse = (field: string, message: string): never => {
    throw new GatewayError('unsupported_value', { param: `${path}.${field}`, message });
  };
  if (url === null) {
    return connectorId === null
      ? refuse('server_url', 'No MCP server is configured under this label: server_url is needed.')
      : refuse('connector_id', 'No MCP server is configured for this connector.');
  }
  const parsed = url.length > MAX_CHARACTERS || STRANGE.test(url) ? null : parseUrl(url);
  if (!/^https?:$/.test(parsed?.protocol ?? '')) return refuse('server_url', 'Expected an https URL.');
  return parsed ?? refuse('server_url', 'Expected an https URL.');
}
