/** @returns null for what is no URL. `URL.canParse` is wrong about texts with letters such as ü in Node 20, once V8 has compiled its caller. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
