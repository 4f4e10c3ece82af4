import { GatewayError } from '../errors/gateway-error.js';
import type { McpAddress } from './mcp-address.js';

/** Of the connection, of the body, or of the protocol: not for others to set. */
const OWN =
  /^(?:connection|keep-alive|proxy-.*|te|trailers?|transfer-encoding|upgrade|expect|host|content-.*|mcp-.*|accept|accept-encoding|last-event-id)$/;
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Of all headers of a request, and of its token. */
const MAX_CHARACTERS = 16_384;
/** Shorter ones, such as `1`, would be found everywhere. */
const SHORTEST_SECRET = 6;
const SECRET_NAME = /auth|key|token|secret|pass|pwd|credential|cookie|session/i;
const HIDDEN = '[redacted]';

export type Headers = Readonly<Record<string, string>>;

/**
 * What a request has its server told, by names in small letters.
 *
 * @param path of the tool in the request
 * @throws GatewayError (400) for what cannot be a header
 */
export function readHeaders({ headers, authorization }: McpAddress, path: string): Headers {
  const given = withoutOwn(headers);
  const size = Object.entries(given).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > MAX_CHARACTERS) refuse(`${path}.headers`, 'These are more headers than servers take.');
  for (const [name, value] of Object.entries(given)) {
    if (!NAME.test(name) || !VALUE.test(value)) refuse(`${path}.headers`, 'This is no HTTP header.');
  }
  if (authorization === null) return given;
  if (authorization.length > MAX_CHARACTERS || !VALUE.test(authorization))
    refuse(`${path}.authorization`, 'This cannot be sent as a token.');
  return { ...given, authorization: `Bearer ${authorization}` };
}

/** Without those that are set by the gateway. */
export function withoutOwn(headers: Headers): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowered.filter(([name]) => !OWN.test(name)));
}

/** Takes the secrets among headers, or variables, out of a text that a server has said. */
export function hiderOf(headers: Headers): (text: string) => string {
  const secrets = Object.entries(headers).flatMap(([name, value]) =>
    [value, ...value.split(' ')].filter((part) => isSecret(name, part)),
  );
  if (secrets.length === 0) return (text) => text;
  // The longest first: of one that begins with another nothing must be left.
  const longestFirst = [...new Set(secrets)].sort((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map(escape).join('|'), 'g');
  return (text) => text.replace(pattern, HIDDEN);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** By its name or its looks: ordinary words must be left in texts. */
function isSecret(name: string, value: string): boolean {
  if (value.length < SHORTEST_SECRET || value.toLowerCase() === 'bearer') return false;
  return SECRET_NAME.test(name) || (value.length >= 16 && /^(?=.*\d)(?=.*[a-z])[\w.~+/=-]+$/i.test(value));
}

function refuse(param: string, message: string): never {
  throw new GatewayError('invalid_request', { param, message });
}
