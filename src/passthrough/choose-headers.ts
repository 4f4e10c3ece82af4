import type { ForwardedAnswer } from '../upstreams/upstream.client.js';

/** What concerns the body. All else of a server's headers tells of the server, or is meant for the gateway. */
const PASSED = ['content-type', 'content-encoding', 'content-length', 'content-disposition'] as const;
/** Has proxies on the way hand each event on at once. */
const OF_A_STREAM = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/** The headers of a server's answer that its client gets. */
export function chooseHeaders({
  headers,
}: Pick<ForwardedAnswer, 'headers'>): Record<string, string | string[]> {
  const chosen: Record<string, string | string[]> = {};
  for (const name of PASSED) {
    const value = headers[name];
    if (value !== undefined) chosen[name] = value;
  }
  return isEventStream(headers) ? Object.assign(chosen, OF_A_STREAM) : chosen;
}

export function isEventStream(headers: ForwardedAnswer['headers']): boolean {
  return String(headers['content-type'] ?? '')
    .toLowerCase()
    .startsWith('text/event-stream');
}
