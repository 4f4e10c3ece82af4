const MISADDRESSED = /^\/+(?:(?:openai|v1)\/+)*(responses|models)(?=[/?]|$)/i;
const SLASHES = /\/{2,}/g;

/**
 * The address a client with a wrong base URL has meant: one that lacks `/v1`, has it twice, or ends in a slash.
 *
 * @param url of a request: its path and query
 * @returns it with the path the gateway has for it, or as it is
 */
export function ownPath(url = '/'): string {
  const [path = '', ...query] = url.split(/(?=\?)/);
  return path.replace(SLASHES, '/').replace(MISADDRESSED, '/v1/$1') + query.join('');
}
