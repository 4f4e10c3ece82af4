import { parseUrl } from './parse-url.js';

describe('parseUrl', () => {
  it('should read letters of Latin-1 however often it is called', () => {
    // As often as V8 needs to compile a caller.
    const hosts = new Set(Array.from({ length: 50_000 }, () => parseUrl('https://münchen.de/ä.png')?.host));
    expect([...hosts]).toEqual(['xn--mnchen-3ya.de']);
  });

  it.each(['', 'münchen.de', 'http://', 'http://host:99999'])('should read nothing in %j', (text) => {
    expect(parseUrl(text)).toBeNull();
  });
});
