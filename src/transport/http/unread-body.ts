import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expectsContinue, hasBody } from './body/read-json.js';

/** A rest of this size is cheaper to read than a new connection. */
const SMALL_REST = 65_536;
/** What a client gets to read its answer, and to notice that no one listens any more. */
const LINGER_MS = 1_000;

/**
 * Called when an answer begins. Behind one that did not wait for the body the connection is closed, instead of taking in the rest
 * for nothing; so it is where the client may hold its body back for good, and nobody knows what comes next.
 */
export function closeBehindUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || !hasBody(request) || !response.socket) return;
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (length <= SMALL_REST && !expectsContinue(request)) return;
  response.shouldKeepAlive = false;
  lingerOnClose(response.socket);
}

/**
 * Has a socket closed in two steps. One that is closed with bytes unread is reset, and with it the answer that its client, still
 * writing, has not read yet. So it is ended, no longer read, and closed for good a little later.
 */
export function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    // Node lets an unread body flow away once it is answered: after that.
    setImmediate(() => socket.pause());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
  };
}
