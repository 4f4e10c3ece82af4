import type { IncomingMessage } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { hasBody } from '../http/body/read-json.js';
import { ownPath } from '../../request/own-path.js';
import { upgradeOf } from './upgrade.js';

const PATH = /^\/v1\/responses\/?(?:\?|$)/;

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
