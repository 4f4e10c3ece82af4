import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import { upgradeOf } from './upgrade.js';

const PATH = /^\/v1\/responses\/?(?:\?|$)/;

/** Middleware: there is one WebSocket, and the other routes must not take its handshake for a GET of theirs. */
export function refuseOtherUpgrades(
  request: IncomingMessage,
  _response: unknown,
  next: (error?: unknown) => void,
): void {
  const isLost = upgradeOf(request) && !PATH.test(request.url ?? '');
  const message = 'There is no WebSocket here: use /v1/responses.';
  next(isLost ? new GatewayError('not_found', { message }) : undefined);
}
