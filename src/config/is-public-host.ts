import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Ends of names that are served within a network, or by the machine itself, and by no public name server. */
const PRIVATE_DOMAINS = new Set(
  'localhost local localdomain internal intranet private corp home lan svc arpa test invalid example onion'.split(
    ' ',
  ),
);
/** In a parsed URL a host that ends in a number is an address. */
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
/** Azure's metadata and wire server, which has a public address. */
const METADATA_ADDRESS = '168.63.129.16';

/**
 * Whether a host can be one of the public internet. Names are not resolved: one that points to a private address passes.
 *
 * @param host as a parsed URL gives it, so that an address has one notation, without a dot at its end
 */
export function isPublicHost(host: string): boolean {
  if (host.startsWith('[')) return isPublicIPv6(host.slice(1, -1));
  if (IPV4.test(host)) return isPublicIPv4(host);
  const labels = host.split('.');
  return labels.length > 1 && !labels.includes('') && !PRIVATE_DOMAINS.has(labels.at(-1) ?? '');
}

/** Whether an address, as a name server gives it, is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  return isIPv4(address) ? isPublicIPv4(address) : isIPv6(address) && isPublicIPv6(address);
}

/** Whether it is the machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

function isPublicIPv4(text: string): boolean {
  return text !== METADATA_ADDRESS && ipaddr.IPv4.parse(text).range() === 'unicast';
}

/** Only 2000::/3 is public; within it, ranges that lead to IPv4 addresses or nowhere are not. */
function isPublicIPv6(text: string): boolean {
  const address = ipaddr.IPv6.parse(text);
  const [first = 0] = address.parts;
  return first >> 13 === 1 && address.range() === 'unicast';
}
