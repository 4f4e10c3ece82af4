const SECONDS = /^\d+(?:\.\d+)?$/;
const TIME_ZONE = /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/i;
/** Seconds; larger values are ignored. */
const MAX_SECONDS = 86_400;

/**
 * How long a server wants its clients to wait, from its Retry-After header: a number of seconds or an HTTP date.
 *
 * @param now in ms
 * @returns whole seconds; undefined where the header is missing, says neither, or names a time that is over
 */
export function readRetryAfter(
  headers: Record<string, string | string[] | undefined>,
  now = Date.now(),
): number | undefined {
  const header = headers['retry-after'];
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (SECONDS.test(text)) return Math.min(Math.ceil(Number(text)), MAX_SECONDS);
  const seconds = Math.ceil((readDate(text) - now) / 1000);
  return seconds > 0 ? Math.min(seconds, MAX_SECONDS) : undefined;
}

/** All three forms of HTTP dates are in GMT; the oldest does not say so. Anything looser is no date. */
function readDate(text: string): number {
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return NaN;
  return Date.parse(TIME_ZONE.test(text) ? text : `${text} GMT`);
}
