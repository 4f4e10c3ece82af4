import fc from 'fast-check';
import { DeltaText } from './delta-text.js';

const deltas = (...pieces: string[]) => {
  const text = new DeltaText();
  return [...pieces.map((piece) => text.add(piece)), text.end()];
};

describe('DeltaText', () => {
  it('should hold the first half of a pair until the other comes', () => {
    expect(deltas('a\ud83d', '\ude00b')).toEqual(['a', '😀b', '']);
    expect(deltas('\ud83d', '', '\ude00')).toEqual(['', '', '😀', '']);
  });

  it('should replace halves that have no other', () => {
    expect(deltas('a\ud83d', 'b')).toEqual(['a', '\ufffdb', '']);
    expect(deltas('a\ud83d')).toEqual(['a', '\ufffd']);
    expect(deltas('\ude00b')).toEqual(['\ufffdb', '']);
    expect(deltas('\ud83d', '\ud83d', '\ude00')).toEqual(['', '\ufffd', '😀', '']);
    expect(deltas('x\ude00\ud83dx')).toEqual(['x\ufffd\ufffdx', '']);
  });

  it('should make the same of any text, however it is cut', () => {
    const unit = fc.constantFrom('a', 'é', '北', '\ud83d', '\ude00', '😀', '\udbff', '\udc00');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 5 }), { maxLength: 8 }), (pieces) => {
        const sent = deltas(...pieces);
        for (const delta of sent) expect(delta.isWellFormed()).toBe(true);
        expect(sent.join('')).toBe(pieces.join('').toWellFormed());
      }),
      { numRuns: 1000 },
    );
  });

  it('should be all its pieces, whatever their lengths and whenever it is read', () => {
    const piece = fc.record({ length: fc.nat(9_000), reads: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = new DeltaText();
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

  it('should be read with the half that it holds, and without loss once that is replaced', () => {
    const text = new DeltaText();
    text.add('{}\ud83d');
    expect(text.read()).toBe('{}\ud83d');
    text.end();
    expect(text.read()).toBe('{}\ufffd');
  });
});
