const MISADDRESSED =
  /^\/+(?:(?:openai|v1)\/+)*(responses|conversations|models|chat\/completions|completions|embeddings)(?=[/?]|$)/i;
const SLASHES = /\/{2,}/g;

/**
 * Corrects the path of a client with a wrong base URL: without `/v1`, with it twice, or with a trailing slash.
 *
 * @param url of a request: its path and query
 * @returns it with the path the gateway has for it, or as it is
 */
export function ownPath(url = '/'): string {
  const [path = '', ...query] = url.split(/(?=\?)/);
  return path.replace(SLASHES, '/').replace(MISADDRESSED, '/v1/$1') + query.join('');
}
