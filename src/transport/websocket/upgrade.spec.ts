import type { IncomingHttpHeaders } from 'node:http';
import { checkHandshake } from './upgrade.js';

const GOOD = {
  host: 'gateway:8080',
  'sec-websocket-key': 'ZD9E1ouUA0+thSoo20e6uA==',
  'sec-websocket-version': '13',
};
const check = (headers: IncomingHttpHeaders) => () => {
  checkHandshake({ headers: { ...GOOD, ...headers } });
};

describe('checkHandshake', () => {
  it.each<[IncomingHttpHeaders]>([
    [{}],
    [{ origin: 'http://gateway:8080' }],
    [{ origin: 'https://app.example', authorization: 'Bearer sk-1' }],
  ])('should let pass %j', (headers) => {
    expect(check(headers)).not.toThrow();
  });

  it.each<[IncomingHttpHeaders, string]>([
    [{ 'sec-websocket-key': undefined }, 'sec-websocket-key'],
    [{ 'sec-websocket-key': 'ZD9E1ouUA0+thSoo20e6uA' }, 'sec-websocket-key'],
    [{ 'sec-websocket-version': undefined }, 'sec-websocket-version'],
    [{ 'sec-websocket-version': '8' }, 'sec-websocket-version'],
    [{ origin: 'http://evil.example' }, 'origin'],
    [{ origin: 'http://gateway' }, 'origin'],
    [{ origin: 'null' }, 'origin'],
    [{ origin: 'http://evil.example', authorization: 'Basic dXNlcjpwdw==' }, 'origin'],
    [{ origin: 'http://evil.example', authorization: 'negotiate YII' }, 'origin'],
    [{ origin: 'http://evil.example', authorization: '' }, 'origin'],
  ])('should refuse %j', (headers, param) => {
    expect(check(headers)).toThrow(expect.objectContaining({ param }) as Error);
  });
});
