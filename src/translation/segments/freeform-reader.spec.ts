import fc from 'fast-check';
import { FreeformReader } from './freeform-reader.js';

function read(pieces: string[]): string {
  const reader = new FreeformReader();
  return pieces.map((piece) => reader.pushText(piece)).join('') + reader.end();
}

describe('FreeformReader', () => {
  it('should unwrap the input as it comes', () => {
    const reader = new FreeformReader();
    expect(reader.pushText('{"input": "*** Begin')).toBe('*** Begin');
    expect(reader.pushText(' Patch\\n+a \\"b\\" \\')).toBe(' Patch\n+a "b" ');
    expect(reader.pushText('\\ \\u00e4"')).toBe('\\ ä');
    expect(reader.isWhole).toBe(true);
    expect(reader.pushText('}')).toBe('');
    expect(reader.end()).toBe('');
  });

  it.each([
    ['raw text', '*** Begin Patch\n+x\n*** End Patch', '*** Begin Patch\n+x\n*** End Patch'],
    ['a JSON string', '"*** Begin\\nPatch"', '*** Begin\nPatch'],
    ['another property', '{"patch":"*** Begin"}', '*** Begin'],
    ['the property behind others', '{"n":1,"input":"x","m":2}', 'x'],
    ['an object with several strings', '{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
    ['nothing', '', ''],
  ])('should take %s as the input', (_name, text, expected) => {
    expect(read([text])).toBe(expected);
  });

  it('should not part the two halves of an escaped character', () => {
    const text = '{"input":"a\\ud83d\\ude00b\\ud83dc\\ud83d"}';
    for (let size = 1; size < 9; size++) {
      const reader = new FreeformReader();
      const deltas: string[] = [];
      for (let at = 0; at < text.length; at += size) deltas.push(reader.pushText(text.slice(at, at + size)));
      expect(deltas.join('')).toBe('a\u{1f600}b\ud83dc\ud83d');
      expect(deltas.filter((delta) => delta.startsWith('\ude00'))).toEqual([]);
    }
  });

  it('should give the same input however the text is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(), { maxLength: 8 }), (input, cuts) => {
        const text = JSON.stringify({ input });
        const at = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
        const pieces = [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
        expect(read(pieces)).toBe(input);
      }),
      { numRuns: 500 },
    );
  });
});
