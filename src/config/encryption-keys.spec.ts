import { parseEncryptionKeys } from './encryption-keys.js';
import { parseEnvironment } from './environment.js';

const BYTES = Buffer.alloc(32, 0xfb);

describe('ENCRYPTION_KEY', () => {
  it.each([['hex'], ['base64'], ['base64url']] as const)('should be read in %s', (encoding) => {
    expect(parseEncryptionKeys(BYTES.toString(encoding))).toEqual([BYTES]);
  });

  it('should be a list, newest first', () => {
    const other = Buffer.alloc(32, 1);
    expect(parseEncryptionKeys(`${BYTES.toString('hex')}, ${other.toString('base64')}`)).toEqual([
      BYTES,
      other,
    ]);
  });

  it.each([
    ['a password', 'correct horse battery staple'],
    ['16 bytes', Buffer.alloc(16).toString('hex')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['a list with a gap', `${BYTES.toString('hex')},`],
    ['a list with one bad key', `${BYTES.toString('hex')},x`],
  ])('should refuse %s, without showing it', (_what, text) => {
    expect(parseEncryptionKeys(text)).toBeNull();
    const read = () => parseEnvironment({ ENCRYPTION_KEY: text });
    expect(read).toThrow(/ENCRYPTION_KEY=\(hidden\): must be 32 bytes in hex or base64/);
  });
});
