import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { ownPath } from '../../request/own-path.js';
import { isOfForeignPage } from '../../request/foreign-pages.js';
import { hasBody } from '../http/body/read-json.js';

const UPGRADE = Symbol('upgrade');
const PATH = /^\/v1\/responses\/?(?:\?|$)/;
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

/** A WebSocket upgrade request. */
export interface Upgrade {
  socket: Duplex;
  /** Bytes that were read after the request. */
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
  // Browsers let any page open a WebSocket to any host, without asking the host first, and whatever CORS says.
  if (isOfForeignPage(headers)) {
    throw new GatewayError('permission_denied', {
      param: 'origin',
      message: 'WebSocket connections from web pages of other origins are not allowed.',
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
    next(
      new GatewayError('not_found', { message: 'There is no WebSocket at this path: use /v1/responses.' }),
    );
  }
  // It would be read as frames of the client.
  else if (hasBody(request)) next(invalidRequest(null, 'A WebSocket upgrade request must not have a body.'));
  else next();
}
