import fc from 'fast-check';
import { FreeformReader } from './freeform-reader.js';

function read(pieces: string[]): string {
  const reader = new FreeformReader();
  return pieces.map((piece) => reader.push(piece)).join('') + reader.end();
}

describe('FreeformReader', () => {
  it('should unwrap the input as it comes', () => {
    const reader = new FreeformReader();
    expect(reader.push('{"input": "*** Begin')).toBe('*** Begin');
    expect(reader.push(' Patch\\n+a \\"b\\" \\')).toBe(' Patch\n+a "b" ');
    expect(reader.push('\\ \\u00e4"')).toBe('\\ ä');
    expect(reader.isWhole).toBe(true);
    expect(reader.push('}')).toBe('');
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
