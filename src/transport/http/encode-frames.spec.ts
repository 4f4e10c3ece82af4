import { encodeFrames } from './encode-frames.js';

const bytesOf = (encoded: string | Buffer): Buffer => Buffer.from(encoded as string);

describe('encodeFrames', () => {
  it.each(['a', 'é', '漢', '🙂', '\ud800', '\u0000'])(
    'should write %j, however often, as UTF-8',
    (character) => {
      for (const count of [0, 1, 4_095, 4_096, 87_381, 87_382, 300_000]) {
        const text = character.repeat(count);
        expect(bytesOf(encodeFrames(text)).equals(Buffer.from(text))).toBe(true);
      }
    },
  );

  it('should not give the same memory to two writes', () => {
    const [first, second] = ['a', 'b'].map((character) => bytesOf(encodeFrames(character.repeat(5_000))));
    expect([first?.toString(), second?.toString()]).toEqual(['a'.repeat(5_000), 'b'.repeat(5_000)]);
  });
});
