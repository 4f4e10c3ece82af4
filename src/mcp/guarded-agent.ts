import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { isLoopbackAddress, isPublicAddress } from '../config/is-public-host.js';

/** Resolves a name to all of its addresses, as dns.lookup does. */
export type HostLookup = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** To one origin; whoever comes then waits for its turn. Calls that run hold one each. */
export const MOST_CONNECTIONS = 256;

/** For Nest: the {@link HostLookup} of URLs that requests give. */
export const HOST_LOOKUP = Symbol('HOST_LOOKUP');

/**
 * Connects to public addresses alone. Each socket resolves its name anew, and goes to what was looked at then: a name that changes in
 * between leads nowhere else. One private address is enough to refuse a name. Names that are addresses are not resolved: see McpHosts.
 */
export function openGuardedAgent(lookup: HostLookup, connectTimeoutMs: number): Agent {
  return new Agent({
    connect: { timeout: connectTimeoutMs, lookup: guard(lookup) },
    connections: MOST_CONNECTIONS,
  });
}

function guard(lookup: HostLookup): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses;
      if (first === undefined || !addresses.every(({ address }) => mayReach(name, address))) {
        callback(error ?? new Error('This name leads to no public address.'), '');
        return;
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** `localhost` comes so far where MCP_ALLOWED_HOSTS names it. */
function mayReach(name: string, address: string): boolean {
  return name === 'localhost' ? isLoopbackAddress(address) : isPublicAddress(address);
}
