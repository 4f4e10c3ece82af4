import { plainRequestHead } from './plain-request.js';

describe('plainRequestHead', () => {
  it('should leave out the wish to upgrade, and nothing else', () => {
    const head = plainRequestHead({
      method: 'POST',
      url: '/v1/responses?a=b',
      httpVersion: '1.1',
      rawHeaders: [
        'Host',
        'gateway:8080',
        'Connection',
        'keep-alive, Upgrade, HTTP2-Settings',
        'Upgrade',
        'h2c',
        'HTTP2-Settings',
        'AAMAAABk',
        'Content-Length',
        '2',
        'X-Twice',
        '1',
        'X-Twice',
        'ü',
      ],
    });
    expect(head).toBe(
      'POST /v1/responses?a=b HTTP/1.1\r\nHost: gateway:8080\r\nConnection: keep-alive\r\n' +
        'Content-Length: 2\r\nX-Twice: 1\r\nX-Twice: ü\r\n\r\n',
    );
  });

  it('should leave out a Connection header that says nothing else', () => {
    const rawHeaders = ['connection', 'Upgrade', 'upgrade', 'h2c'];
    expect(plainRequestHead({ method: 'GET', url: '/', httpVersion: '1.1', rawHeaders })).toBe(
      'GET / HTTP/1.1\r\n\r\n',
    );
  });
});
