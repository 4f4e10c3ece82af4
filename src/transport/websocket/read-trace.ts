import { isObject } from '../../contracts/raw-object.js';

/**
 * The trace that a turn is part of. Codex says in its frames what it would say in headers: those of the handshake are the same for each
 * turn of the connection.
 *
 * @returns headers; none: those of the handshake count
 */
export function readTrace(body: unknown): { traceparent?: string; tracestate?: string } {
  const metadata = isObject(body) ? body.client_metadata : undefined;
  if (!isObject(metadata)) return {};
  const { ws_request_header_traceparent: traceparent, ws_request_header_tracestate: tracestate } = metadata;
  if (typeof traceparent !== 'string') return {};
  return { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : undefined };
}
