import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createGunzip, createInflate, deflateSync, gzipSync } from 'node:zlib';
import { readBody } from './read-body.js';

const LIMITS = { bytes: 1_000_000, values: 1_000, stallMs: 60_000 };
const JSON_TEXT = '{"input":"Hi"}';

/** What listens to a stream, and where it is piped to. */
function listenersOf(stream: Readable): number {
  return stream.eventNames().reduce((count, event) => count + stream.listenerCount(event), 0);
}

function read(source: Readable, unpackers: Transform[]): Promise<string> {
  return new Promise((resolve, reject) => {
    readBody(source, unpackers, LIMITS, (error, body) => {
      if (error) reject(error);
      else resolve(body.toString());
    });
  });
}

describe('readBody', () => {
  it.each([
    ['as it is', Buffer.from(JSON_TEXT), () => []],
    ['compressed', gzipSync(JSON_TEXT), () => [createGunzip()]],
    ['compressed twice', deflateSync(gzipSync(JSON_TEXT)), () => [createInflate(), createGunzip()]],
  ])('should leave nothing behind on the request: a body %s', async (_, bytes, unpackers) => {
    const source = new PassThrough();
    const before = listenersOf(source);
    const body = read(source, unpackers());
    source.end(bytes);
    expect(await body).toBe(JSON_TEXT);
    expect(listenersOf(source)).toBe(before);
  });
});
