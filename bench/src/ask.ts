import http from 'node:http';
import { BEARER } from './subjects.js';

/** What came of one request. */
export interface Asked {
  status: number;
  text: string;
  /** From the request to the last byte of the answer, ms. */
  ms: number;
}

const agent = new http.Agent({ keepAlive: true });

/** Sends one request to a gateway, or to the mock; without a body a GET. */
export function ask(port: number, path: string, body?: unknown): Promise<Asked> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string | number> = { authorization: `Bearer ${BEARER}` };
  if (text !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(text);
  }
  return new Promise((resolve, reject) => {
    const method = text === undefined ? 'GET' : 'POST';
    const startedAt = performance.now();
    const request = http.request({ host: '127.0.0.1', port, path, method, agent, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      let received = '';
      response.setEncoding('utf8').on('data', (part: string) => (received += part));
      response.once('end', () => {
        resolve({ status, text: received, ms: performance.now() - startedAt });
      });
      response.once('error', reject);
    });
    request.once('error', reject);
    request.end(text);
  });
}
