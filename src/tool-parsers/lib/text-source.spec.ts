import { JsonReader } from './json-reader.js';
import { SchemaView } from './schema-view.js';
import { TextSource } from './text-source.js';

describe('a source that a reader waits at', () => {
  function read() {
    const source = new TextSource();
    const pieces: string[] = [];
    const reading = new JsonReader(source, (piece) => pieces.push(piece)).value(SchemaView.any);
    reading.next();
    return {
      pieces,
      /** @returns whether the reader was woken */
      push: (text: string): boolean => {
        const isWoken = source.pushText(text);
        if (isWoken) reading.next();
        return isWoken;
      },
    };
  }

  it('should hand on what goes on within a string, and wake nobody for it', () => {
    const { pieces, push } = read();
    expect(['["a', 'bc', ' ', 'd"', ',', '"e', 'f"]'].map(push)).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    expect(pieces.join('')).toBe('["abc d","ef"]');
    expect(pieces).toContain('bc');
  });

  it('should wake the reader for an escape within a string', () => {
    const { pieces, push } = read();
    expect(['"a', '\\', 'n', 'b', '"'].map(push)).toEqual([true, true, true, false, true]);
    expect(pieces.join('')).toBe('"a\\nb"');
  });

  it('should let digits and spaces pass until something else comes', () => {
    const { pieces, push } = read();
    expect(['[', '1', '2', '3', ',', ' ', ' ', '4', ']'].map(push)).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(pieces.join('')).toBe('[123,  4]');
  });
});
