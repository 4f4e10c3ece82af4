import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** Characters, or bytes, from which on a body is worth a stream. */
const LONG = 65_536;

/** A body that is gone once it is sent. */
class LongBody extends Readable {
  constructor(private body: string | Uint8Array | null) {
    super();
  }

  override _read(): void {
    const { body } = this;
    this.body = null;
    this.push(body, 'utf8');
    this.push(null);
  }
}

/**
 * The request with a body that undici does not keep: it makes bytes of a text, and holds them until the answer has ended, which
 * may be an hour later.
 */
export function withoutCopy(request: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
  const { body, headers } = request;
  if (!(typeof body === 'string' || body instanceof Uint8Array) || body.length < LONG) return request;
  const sized = Object.assign({ 'content-length': String(Buffer.byteLength(body)) }, headers);
  return { ...request, headers: sized, body: new LongBody(body) };
}
