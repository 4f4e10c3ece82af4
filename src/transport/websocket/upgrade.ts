import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { ownPath } from '../../request/own-path.js';
import { readAuthorization } from '../../request/read-authorization.js';
import { hasBody } from '../http/body/read-json.js';

const UPGRADE = Symbol('upgrade');
const PATH = /^\/v1\/responses\/?(?:\?|$)/;
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

/** A connection that its client wants to turn into a WebSocket. */
export interface Upgrade {
  socket: Duplex;
  /** What was read of the connection behind the request. */
  head: Buffer;
  /** For refusals; it holds the socket until then. */
  response: ServerResponse;
}

type UpgradeRequest = IncomingMessage & { [UPGRADE]?: Upgrade };

export function attachUpgrade(request: IncomingMessage, upgrade: Upgrade): void {
  (request as UpgradeRequest)[UPGRADE] = upgrade;
}

export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return (request as UpgradeRequest)[UPGRADE];
}

/** Whether a request that wants to upgrade wants a WebSocket. */
export function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** @throws GatewayError naming the header that is wrong */
export function checkHandshake({ headers }: Pick<IncomingMessage, 'headers'>): void {
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    throw invalidRequest('sec-websocket-key', 'Missing or invalid Sec-WebSocket-Key header.');
  }
  if (headers['sec-websocket-version'] !== VERSION) {
    throw invalidRequest('sec-websocket-version', `Expected Sec-WebSocket-Version: ${VERSION}.`);
  }
  if (readAuthorization(headers) === undefined && isForeign(headers.origin, headers.host)) {
    throw new GatewayError('permission_denied', {
      param: 'origin',
      message: 'Web pages of other origins may not open a WebSocket here.',
    });
  }
}

/** Middleware: there is one WebSocket, and the other routes must not take its handshake for a GET of theirs. */
export function refuseOtherUpgrades(
  request: IncomingMessage,
  _response: unknown,
  next: (error?: unknown) => void,
): void {
  if (!upgradeOf(request)) next();
  else if (!PATH.test(ownPath(request.url))) {
    next(new GatewayError('not_found', { message: 'There is no WebSocket here: use /v1/responses.' }));
  }
  // It would be read as frames of the client.
  else if (hasBody(request)) next(invalidRequest(null, 'A request for a WebSocket has no body.'));
  else next();
}

/**
 * Browsers let any page open a WebSocket to any host, without asking the host first. A page cannot send an Authorization
 * header with it, so this is about gateways that are open to everyone, for instance on the user's own machine.
 */
function isForeign(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
