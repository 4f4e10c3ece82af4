import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Environment } from '../config/environment.js';
import { hostOf, type HostList, parseHostList } from '../config/host-list.js';
import { readOrigins } from '../config/origins.js';
import { parseUrl } from '../config/parse-url.js';
import { GatewayError } from '../errors/gateway-error.js';
import { readAuthorization } from './read-authorization.js';

/** What a browser asks on this machine itself. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\]|::1)$/i;

/** What a browser sends to a host by itself, once its user has logged in there: at a proxy, say. No page has to be allowed to. */
const OF_BROWSER = /^\s*(?:$|(?:Basic|Digest|Negotiate|NTLM)\b)/i;

/**
 * Whether a web page asks that the gateway has not served. One that is not allowed to (by CORS) cannot send a key: its browser would
 * ask first. So this tells apart who may use a gateway that is open to everyone, for instance on the user's own machine.
 */
export function isOfForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  const isKey = !OF_BROWSER.test(readAuthorization(headers) ?? '');
  if (origin === undefined || isKey) return false;
  const page = parseUrl(origin);
  return page === null || page.host !== host;
}

/**
 * Middleware: keeps an open gateway from pages that the user's browser happens to show. Besides pages of other origins these are pages
 * whose own name was made to lead here (DNS rebinding): to the browser that is one origin, but the name is none of the gateway's.
 */
export function refuseForeignPages(
  { HOST, ALLOWED_HOSTS, CORS_ORIGINS }: Pick<Environment, 'HOST' | 'ALLOWED_HOSTS' | 'CORS_ORIGINS'>,
  strategy: { isOpen: () => boolean },
): (request: IncomingMessage, response: unknown, next: (error?: unknown) => void) => void {
  const origins = readOrigins(CORS_ORIGINS ?? '');
  const names = ALLOWED_HOSTS === undefined ? null : parseHostList(ALLOWED_HOSTS);
  const looksAtNames = names ? !names.isAny : LOOPBACK.test(HOST);
  return ({ headers }, _response, next) => {
    if (!strategy.isOpen()) next();
    else if (looksAtNames && !isOwnName(headers.host, names)) {
      next(refusal('host', 'Not a name of this gateway; ALLOWED_HOSTS may list it.'));
    } else if (origins !== '*' && isOfForeignPage(headers) && !origins.includes(headers.origin ?? '')) {
      next(refusal('origin', 'Web pages of other origins are not allowed; CORS_ORIGINS may list them.'));
    } else next();
  };
}

/** Addresses cannot be made to lead elsewhere. */
function isOwnName(host: string | undefined, names: HostList | null): boolean {
  if (host === undefined) return true;
  const url = parseUrl(`http://${host}`);
  if (!url) return false;
  const name = hostOf(url);
  return LOOPBACK.test(name) || name.startsWith('[') || isIP(name) !== 0 || (names?.isNamed(url) ?? false);
}

function refusal(param: string, message: string): GatewayError {
  return new GatewayError('permission_denied', { param, message });
}
