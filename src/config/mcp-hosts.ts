import { isIP } from 'node:net';
import { type HostList, hostOf, IsReadBy, parseHostList } from './host-list.js';
import { isPublicHost } from './is-public-host.js';

/** Where requests may send the gateway for tools. */
export interface McpHosts {
  /** Whether the server of a URL may be asked at all; a name may still turn out to be that of a private address. */
  allows(url: URL): boolean;
}

const NO_HOST = 'none';
const SCHEME = /^https?:\/\//;
/** Those that nobody else can serve do without TLS. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/**
 * Reads MCP_ALLOWED_HOSTS. Private is only what the list names itself: an address, or `localhost`.
 *
 * @throws Error when an entry is no host
 */
export function parseMcpHosts(text: string): McpHosts {
  const entries = text.trim() === NO_HOST ? [] : text.split(',').map((entry) => entry.trim());
  if (entries.some((entry) => /^https?:\/\/\*$/.test(entry))) throw new Error('* stands alone');
  const byTls = listOf(entries);
  const plain = listOf(entries.filter((entry) => entry.startsWith('http://') || LOOPBACK.test(entry)));
  return {
    allows: (url) => {
      const host = hostOf(url);
      if (host !== url.hostname || host === '' || url.username !== '' || url.password !== '') return false;
      if (url.protocol === 'http:') return isIn(plain, url, host);
      return url.protocol === 'https:' && isIn(byTls, url, host);
    },
  };
}

/** A text that {@link parseMcpHosts} can read. */
export const IsMcpHosts = (): PropertyDecorator =>
  IsReadBy(
    parseMcpHosts,
    'must be *, none, or hosts separated by commas (a name, an address or .domain, with or without :port, with http:// before it where TLS is not needed)',
  );

function listOf(entries: readonly string[]): HostList {
  return parseHostList(entries.map((entry) => entry.replace(SCHEME, '')).join(',') || NO_HOST);
}

function isIn(list: HostList, url: URL, host: string): boolean {
  if (!list.isAny && !list.isNamed(url)) return false;
  const namesItself = list.isNamed(url) && (host === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) > 0);
  return namesItself || isPublicHost(host);
}
