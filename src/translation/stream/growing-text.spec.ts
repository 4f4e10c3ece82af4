import fc from 'fast-check';
import { GrowingText } from './growing-text.js';

describe('GrowingText', () => {
  it('should be all its pieces, whatever their lengths and whenever it is read', () => {
    const piece = fc.record({ length: fc.nat(9_000), reads: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = new GrowingText();
        let expected = '';
        for (const [index, { length, reads }] of pieces.entries()) {
          const added = String.fromCharCode(97 + (index % 26)).repeat(length);
          text.add(added);
          expected += added;
          if (reads) expect(text.read() === expected).toBe(true);
        }
        expect(text.read() === expected).toBe(true);
      }),
    );
  });
});
