import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Node's own. Whoever has put another in its place, such as a compressing middleware, is to get what is written. */
const nodeWrite: unknown = Reflect.get(ServerResponse.prototype, 'write');

/**
 * Writes a short text as one chunk of a response, as `response.write` does, in one write to the socket instead of four in a row that
 * are gathered first. Where anything but that stands between the response and its socket, it is `response.write` that is called.
 *
 * @param response something was written to it by `response.write` before, which sends the head
 * @returns false where the response will emit 'drain'
 */
export function writeChunk(response: ServerResponse, text: string): boolean {
  const { socket } = response;
  // No socket: an earlier answer on the connection goes first.
  if (!socket || !isBare(response, socket)) return response.write(text);
  const size = Buffer.byteLength(text);
  const chunk = `${size.toString(16)}\r\n${text}\r\n`;
  const hasRoom = socket.write(chunk, encodingOf(text, size));
  // Node tells a response of the drain only where the response itself has found the socket full.
  return hasRoom || response.write('');
}

function isBare(response: ServerResponse, socket: Socket): boolean {
  return (
    response.write === nodeWrite &&
    // Clients of HTTP/1.0 get no chunks, and those that ask by HEAD no body.
    response.chunkedEncoding &&
    !response.writableEnded &&
    // Node closes its side at once when a client has closed its own: the response takes what is still written, a socket fails.
    socket.writable &&
    // Otherwise something of it waits outside of the socket, as after `response.cork()` of newer Node.
    response.writableLength === socket.writableLength
  );
}

/**
 * How a text is best handed to a socket as UTF-8: where it is ASCII, one byte a character, it need not be encoded.
 *
 * @param size its length in UTF-8, bytes
 */
function encodingOf(text: string, size: number): 'latin1' | 'utf8' {
  return size === text.length ? 'latin1' : 'utf8';
}
