import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

type Done = (error: GatewayError | null, body: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/**
 * Reads a request's body to its end.
 *
 * @param limitBytes a longer body is not read on and answered with `request_too_large`
 * @param done called once; not at all when the client leaves before its body is whole
 */
export function readBody(request: IncomingMessage, limitBytes: number, done: Done): void {
  const parts: Buffer[] = [];
  let size = 0;
  const refuse = (): void => {
    request.off('data', collect).off('end', finish).pause();
    done(new GatewayError('request_too_large'), NOTHING);
  };
  const collect = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > limitBytes) refuse();
    else parts.push(bytes);
  };
  const finish = (): void => {
    done(null, parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts, size));
  };
  if (Number(request.headers['content-length']) > limitBytes) {
    refuse();
    return;
  }
  request.on('data', collect).on('end', finish);
}
