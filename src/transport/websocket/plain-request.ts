import type { IncomingMessage } from 'node:http';

const LEFT_OUT = new Set(['upgrade', 'http2-settings']);

type Head = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>;

/**
 * The head of a request without its Upgrade header. A server may ignore the header, and has to where clients send it by
 * default: Java's HttpClient and `curl --http2` offer h2c with every request.
 */
export function plainRequestHead({ method, url, httpVersion, rawHeaders }: Head): string {
  let head = `${method ?? 'GET'} ${url ?? '/'} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const kept = name.toLowerCase() === 'connection' ? keptOptions(value) : value;
    if (!LEFT_OUT.has(name.toLowerCase()) && kept !== null) head += `${name}: ${kept}\r\n`;
  }
  return `${head}\r\n`;
}

function keptOptions(value: string): string | null {
  const options = value.split(',').map((option) => option.trim());
  const kept = options.filter((option) => !LEFT_OUT.has(option.toLowerCase()));
  return kept.length === 0 ? null : kept.join(', ');
}
