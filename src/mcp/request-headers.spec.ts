import { hideValues, readHeaders } from './request-headers.js';

const read = (authorization: string | null, headers: Record<string, string>) =>
  readHeaders({ label: 'a', url: null, connectorId: null, authorization, headers }, 'tools[2]');

describe('readHeaders', () => {
  it('should leave out what is not for requests to say', () => {
    const own = [
      'Connection',
      'TE',
      'Transfer-Encoding',
      'Host',
      'Content-Type',
      'MCP-Session-Id',
      'Expect',
      'Proxy-X',
    ];
    const headers = Object.fromEntries([...own, 'X-Api-Key', 'Cookie'].map((name) => [name, '1']));
    expect(read(null, headers)).toEqual({ 'x-api-key': '1', cookie: '1' });
    expect(read('token', {})).toEqual({ authorization: 'Bearer token' });
  });

  it.each([
    [null, { 'a b': 'c' }, 'tools[2].headers'],
    [null, { a: 'b\r\nc: d' }, 'tools[2].headers'],
    ['a\nb', {}, 'tools[2].authorization'],
  ])('should refuse %j with %j', (authorization, headers, param) => {
    expect(() => read(authorization, headers)).toThrow(
      expect.objectContaining({ status: 400, param }) as Error,
    );
  });
});

describe('hideValues', () => {
  it('should take secrets out, and leave words', () => {
    const headers = {
      authorization: 'Bearer s3cret',
      'x-team': 'engineering',
      'x-id': 'a1b2c3d4e5f6a7b8c9',
      key: '1',
    };
    expect(hideValues('Bearer s3cret, s3cret of engineering a1b2c3d4e5f6a7b8c9 1', headers)).toBe(
      '[redacted], [redacted] of engineering [redacted] 1',
    );
  });
});
