import fc from 'fast-check';
import { splitText } from '../../../test/support/split-text.js';
import { PageCitations } from './cite-pages.js';

const PAGES = [
  { url: 'https://a.example/one', title: 'One' },
  { url: 'https://a.example/one/more', title: null },
  { url: 'https://b.example/', title: null },
];

function cite(...pieces: string[]) {
  const citations = new PageCitations(PAGES);
  return [...pieces.flatMap((piece) => citations.add(piece)), ...citations.end()];
}

const quotes = (text: string) => cite(text).map((found) => text.slice(found.start_index, found.end_index));

describe('PageCitations', () => {
  it.each([
    ['See https://a.example/one.', ['https://a.example/one']],
    ['(https://a.example/one), **https://b.example**', ['https://a.example/one', 'https://b.example']],
    [
      '[x [y]](https://a.example/one) [z](https://b.example/ "T")',
      ['[x [y]](https://a.example/one)', '[z](https://b.example/ "T")'],
    ],
    ['[https://b.example](https://b.example/)', ['[https://b.example](https://b.example/)']],
    ['https://a.example/one/more', ['https://a.example/one/more']],
    ['https://a.example/only https://a.example/one?x=1 https://b.example.org', []],
    ['https://web.archive.example/https://a.example/one', []],
    ['見てhttps://b.example。', ['https://b.example']],
    ['[unclosed](https://b.example', ['https://b.example']],
    ['nothing at all', []],
  ])('should find in %j %j', (text, expected) => {
    expect(quotes(text)).toEqual(expected);
  });

  it('should have the title that is known, else that of the link, else the URL', () => {
    const text = '[a](https://a.example/one) [b](https://b.example) https://a.example/one/more';
    expect(cite(text).map(({ title, url }) => [title, url])).toEqual([
      ['One', 'https://a.example/one'],
      ['b', 'https://b.example/'],
      ['https://a.example/one/more', 'https://a.example/one/more'],
    ]);
  });

  it('should find the same wherever the text is cut', () => {
    const piece = fc.constantFrom(
      ...PAGES.map(({ url }) => url),
      '[one](https://a.example/one)',
      '[',
      ']',
      '(',
      ')',
      ' ',
      '\n',
      '.',
      '/',
      '😀',
      'é',
      'word',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (pieces, cuts) => {
          const text = pieces.join('');
          const whole = cite(text);
          expect(cite(...splitText(text, cuts))).toEqual(whole);
          expect(cite(...text.split(''))).toEqual(whole);
          for (const { start_index: start, end_index: end, url } of whole) {
            expect(text.slice(start, end)).toContain(url.replace(/\/$/, ''));
          }
        },
      ),
    );
  });

  it('should read long lines of brackets in no time to speak of', () => {
    expect(cite(`${'['.repeat(100_000)}https://b.example/${'.'.repeat(100_000)}`)).toEqual([]);
  });
});
