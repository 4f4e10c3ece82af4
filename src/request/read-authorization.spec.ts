import { readAuthorization } from './read-authorization.js';

describe('readAuthorization', () => {
  it.each<[Record<string, string | string[]>, string | undefined]>([
    [{}, undefined],
    [{ authorization: 'Basic abc' }, 'Basic abc'],
    [{ 'api-key': 'one' }, 'Bearer one'],
    [{ 'x-api-key': 'one' }, 'Bearer one'],
    [{ 'api-key': '', 'x-api-key': 'two' }, 'Bearer two'],
    [{ 'x-api-key': '' }, undefined],
    [{ authorization: 'Bearer one', 'api-key': 'two', 'x-api-key': 'three' }, 'Bearer one'],
    [{ authorization: '', 'api-key': 'two' }, ''],
  ])('should read %j as %j', (headers, expected) => {
    expect(readAuthorization(headers)).toBe(expected);
  });
});
