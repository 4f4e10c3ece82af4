type Headers = Readonly<Record<string, string | string[] | undefined>>;

const KEY_HEADERS = ['api-key', 'x-api-key'];

/**
 * The caller's credentials as an Authorization header: the header itself, or else the key that some clients send in `api-key` or
 * `x-api-key`.
 */
export function readAuthorization(headers: Headers): string | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') return authorization;
  for (const name of KEY_HEADERS) {
    const key = headers[name];
    if (typeof key === 'string' && key !== '') return `Bearer ${key}`;
  }
  return undefined;
}
