import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expectsContinue, hasBody } from './body/read-json.js';

/** Reading a remainder of this size is cheaper than a new connection. */
const SMALL_REST = 65_536;
/** Time for a client to read its answer, and to notice that its body is no longer read. */
const LINGER_MS = 1_000;

/**
 * Called when an answer begins. After one that did not wait for the body the connection is closed, instead of reading the rest
 * for nothing; so it is where a client may never send its body, and what follows on the connection is undefined.
 */
export function closeBehindUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || !hasBody(request) || !response.socket) return;
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (length <= SMALL_REST && !expectsContinue(request)) return;
  response.shouldKeepAlive = false;
  lingerOnClose(response.socket);
}

/**
 * Closes a socket in two steps. Closing one with unread bytes resets the connection, and a client that is still sending loses the
 * answer. So the write side is closed first, and the socket a little later.
 */
export function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    // Node discards an unread body once the request is answered: after that.
    setImmediate(() => socket.pause());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
  };
}
