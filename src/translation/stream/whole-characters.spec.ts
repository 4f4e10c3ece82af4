import fc from 'fast-check';
import { WholeCharacters } from './whole-characters.js';

const sent = (...pieces: string[]) => {
  const characters = new WholeCharacters();
  return [...pieces.map((piece) => characters.push(piece)), characters.end()];
};

describe('WholeCharacters', () => {
  it('should hold the first half of a pair until the other comes', () => {
    expect(sent('a\ud83d', '\ude00b')).toEqual(['a', '😀b', '']);
    expect(sent('\ud83d', '', '\ude00')).toEqual(['', '', '😀', '']);
  });

  it('should replace halves that have no other', () => {
    expect(sent('a\ud83d', 'b')).toEqual(['a', '\ufffdb', '']);
    expect(sent('a\ud83d')).toEqual(['a', '\ufffd']);
    expect(sent('\ude00b')).toEqual(['\ufffdb', '']);
    expect(sent('\ud83d', '\ud83d', '\ude00')).toEqual(['', '\ufffd', '😀', '']);
    expect(sent('x\ude00\ud83dx')).toEqual(['x\ufffd\ufffdx', '']);
  });

  it('should make the same of any text, however it is cut', () => {
    const unit = fc.constantFrom('a', 'é', '北', '\ud83d', '\ude00', '😀', '\udbff', '\udc00');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 5 }), { maxLength: 8 }), (pieces) => {
        const deltas = sent(...pieces);
        for (const delta of deltas) expect(delta.isWellFormed()).toBe(true);
        expect(deltas.join('')).toBe(pieces.join('').toWellFormed());
      }),
      { numRuns: 1000 },
    );
  });
});
