import { ValidateBy } from 'class-validator';
import { parseUrl } from './parse-url.js';

/** Hosts, by name, address or domain. */
export interface HostList {
  /** Whether every host is meant; for media, every public one. */
  isAny: boolean;
  /** Whether a host was named, private or not. */
  isNamed(url: URL): boolean;
}

type HostTest = (url: URL) => boolean;

const NO_HOST = 'none';
const ANY = '*';
const ENTRY = /^(\.?)([^\s/\\@?#*]+?)(?::(\d{1,5}))?$/;
const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' };

/**
 * Reads MEDIA_HOSTS or ALLOWED_HOSTS.
 *
 * @throws Error when an entry is no host
 */
export function parseHostList(text: string): HostList {
  const entries = text.trim() === NO_HOST ? [] : text.split(',').map((entry) => entry.trim());
  const tests = entries.filter((entry) => entry !== ANY).map(readEntry);
  return {
    isAny: entries.includes(ANY),
    isNamed: (url) => tests.some((test) => test(url)),
  };
}

/** A text that {@link parseHostList} can read. */
export const IsHostList = (): PropertyDecorator =>
  IsReadBy(
    parseHostList,
    'must be *, none, or hosts separated by commas (a name, an address or .domain, with or without :port)',
  );

/** A text at which `read` does not throw. */
export const IsReadBy = (read: (text: string) => unknown, message: string): PropertyDecorator =>
  ValidateBy({
    name: `isReadBy:${read.name}`,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && canRead(read, value),
      defaultMessage: () => message,
    },
  });

/** The host of a URL; a name with the root's dot behind it is the same name. */
export function hostOf({ hostname }: URL): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function canRead(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

function readEntry(entry: string): HostTest {
  const [, dot, name = '', port] = ENTRY.exec(entry) ?? [];
  // Written as URLs write it: small letters, punycode, addresses in one notation.
  const url = parseUrl(`http://${name}`);
  const host = url ? hostOf(url) : '';
  if (host === '') throw new Error(`'${entry}' is no host`);
  return (asked) =>
    (dot ? hostOf(asked).endsWith(`.${host}`) : hostOf(asked) === host) &&
    (port === undefined || port === (asked.port || DEFAULT_PORTS[asked.protocol]));
}
