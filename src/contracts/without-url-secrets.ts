/** A URL as it may be shown: its user and its query could hold a key. */
export function withoutUrlSecrets(url: string): string {
  const [address = ''] = url.split(/[?#]/, 1);
  return address.replace(/^((?:[a-z][a-z0-9+.-]*:)?(?:\/\/)?)[^/]*@/i, '$1');
}
