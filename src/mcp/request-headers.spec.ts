import { hiderOf, readHeaders } from './request-headers.js';

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
    [null, { a: 'x'.repeat(9_000), b: 'x'.repeat(9_000) }, 'tools[2].headers'],
    ['x'.repeat(20_000), {}, 'tools[2].authorization'],
  ])('should refuse what no server takes (%#), and name the field', (authorization, headers, param) => {
    expect(() => read(authorization, headers)).toThrow(
      expect.objectContaining({ status: 400, param }) as Error,
    );
  });
});

describe('hiderOf', () => {
  it('should take secrets out, and leave words', () => {
    const hide = hiderOf({
      authorization: 'Bearer s3cret',
      'x-team': 'engineering',
      'x-id': 'a1b2c3d4e5f6a7b8c9',
      key: '1',
    });
    expect(hide('Bearer s3cret, s3cret of engineering a1b2c3d4e5f6a7b8c9 1')).toBe(
      '[redacted], [redacted] of engineering [redacted] 1',
    );
  });

  it('should leave nothing of one that begins with another, or has signs of patterns', () => {
    const hide = hiderOf({ 'x-key': 'secret', 'x-token': 'secret+tail(1)', 'x-auth': 'a|b[c]$' });
    expect(hide('secret+tail(1) a|b[c]$ secret $& a b')).toBe('[redacted] [redacted] [redacted] $& a b');
    expect(hiderOf({})('secret')).toBe('secret');
  });
});
