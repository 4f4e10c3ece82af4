import { ValidateBy } from 'class-validator';

/** Hosts that the model server may be sent to for images and other media. */
export interface MediaHosts {
  /** Whether every host is one that is not private. */
  anyPublic: boolean;
  /** Whether a host was named, private or not. */
  isNamed(url: URL): boolean;
}

type HostTest = (url: URL) => boolean;

const NO_HOST = 'none';
const ANY_PUBLIC = '*';
const ENTRY = /^(\.?)([^\s/\\@?#*]+?)(?::(\d{1,5}))?$/;
const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' };

/**
 * Reads MEDIA_HOSTS.
 *
 * @throws Error when an entry is no host
 */
export function parseMediaHosts(text: string): MediaHosts {
  const entries = text.trim() === NO_HOST ? [] : text.split(',').map((entry) => entry.trim());
  const tests = entries.filter((entry) => entry !== ANY_PUBLIC).map(readEntry);
  return {
    anyPublic: entries.includes(ANY_PUBLIC),
    isNamed: (url) => tests.some((test) => test(url)),
  };
}

/** A text that {@link parseMediaHosts} can read. */
export const IsMediaHosts = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMediaHosts',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && canParse(value),
      defaultMessage: () =>
        'must be *, none, or hosts separated by commas (a name, an address or .domain, with or without :port)',
    },
  });

/** The host of a URL; a name with the root's dot behind it is the same name. */
export function hostOf({ hostname }: URL): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function canParse(text: string): boolean {
  try {
    parseMediaHosts(text);
    return true;
  } catch {
    return false;
  }
}

function readEntry(entry: string): HostTest {
  const [, dot, name = '', port] = ENTRY.exec(entry) ?? [];
  // Written as URLs write it: small letters, punycode, addresses in one notation.
  const address = `http://${name}`;
  const host = URL.canParse(address) ? hostOf(new URL(address)) : '';
  if (host === '') throw new Error(`'${entry}' is no host`);
  return (url) =>
    (dot ? hostOf(url).endsWith(`.${host}`) : hostOf(url) === host) &&
    (port === undefined || port === (url.port || DEFAULT_PORTS[url.protocol]));
}
