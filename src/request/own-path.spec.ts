import fc from 'fast-check';
import { ownPath } from './own-path.js';

describe('ownPath', () => {
  it.each([
    ['/responses', '/v1/responses'],
    ['//responses', '/v1/responses'],
    ['//v1/responses', '/v1/responses'],
    ['/v1//responses', '/v1/responses'],
    ['/v1/v1/responses/compact?a=b', '/v1/responses/compact?a=b'],
    ['/openai/v1/responses?api-version=preview', '/v1/responses?api-version=preview'],
    ['/openai/responses', '/v1/responses'],
    ['/responses/', '/v1/responses/'],
    ['/conversations/conv_1/items?order=asc', '/v1/conversations/conv_1/items?order=asc'],
    ['/models?client_version=1', '/v1/models?client_version=1'],
    ['/models/org//model', '/v1/models/org/model'],
    ['/chat/completions', '/v1/chat/completions'],
    ['/v1/v1/embeddings', '/v1/embeddings'],
    ['/openai/v1//completions', '/v1/completions'],
    ['/responses?next=//a//b?c', '/v1/responses?next=//a//b?c'],
  ])('should read %s as %s', (url, expected) => {
    expect(ownPath(url)).toBe(expected);
  });

  it.each([
    '/',
    '/v1',
    '/v1/responses',
    '/v1/responses/resp_1?x=//y',
    '/v1/models/responses',
    '/responses2',
    '/modelsfoo',
    '/v2/responses',
    '/a/responses',
    '/v1/chat/completions',
    '/v1/chat',
    '/?/responses',
    '*',
  ])('should leave %s alone', (url) => {
    expect(ownPath(url)).toBe(url);
  });

  it('should come to the same when asked again, whatever the address', () => {
    const part = fc.constantFrom(
      '/',
      '//',
      'v1',
      'openai',
      'responses',
      'conversations',
      'models',
      'chat/completions',
      'x',
      '?',
      ':',
      '#',
      '%2F',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const once = ownPath(parts.join(''));
        expect(ownPath(once)).toBe(once);
      }),
    );
  });
});
