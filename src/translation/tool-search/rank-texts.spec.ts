import fc from 'fast-check';
import { rankTexts } from './rank-texts.js';

const rank = (texts: string[], query: string) =>
  rankTexts(
    texts.map((text) => [{ text, weight: 1 }]),
    query,
  );

describe('the ranking of texts', () => {
  it.each([
    [
      'a rare word before one that all have',
      ['get the mail', 'get the weather', 'get the news'],
      'get weather',
      [1, 0, 2],
    ],
    [
      'a short text before a long one',
      ['send a mail to one of the many people', 'send mail'],
      'mail',
      [1, 0],
    ],
    ['more words of the query before fewer', ['list issues', 'list open issues'], 'open issue list', [1, 0]],
    ['equals in their order', ['a mail', 'a mail'], 'mail', [0, 1]],
    ['words within names', ['listOpenIssues', 'create_pull_request', 'parseHTTPAnswer'], 'http', [2]],
    ['plurals', ['orders of a customer'], 'order', [0]],
    ['scripts without spaces', ['天気を調べる', '注文を調べる'], '天気', [0]],
    ['nothing without a word in common', ['send mail'], 'zeppelin', []],
    ['nothing for no words', ['send mail'], ' ?! ', []],
    ['nothing of nothing', [], 'mail', []],
  ])('should have %s', (_what, texts, query, expected) => {
    expect(rank(texts, query)).toEqual(expected);
  });

  it('should count a word by the weight of its part', () => {
    const texts = [
      [
        { text: 'other', weight: 3 },
        { text: 'mail', weight: 1 },
      ],
      [
        { text: 'mail', weight: 3 },
        { text: 'other', weight: 1 },
      ],
    ];
    expect(rankTexts(texts, 'mail')).toEqual([1, 0]);
  });

  it('should name each text once at most, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.string({ unit: 'grapheme' }),
        (texts, query) => {
          const places = rank(texts, query);
          expect(new Set(places).size).toBe(places.length);
          expect(places.every((place) => place >= 0 && place < texts.length)).toBe(true);
        },
      ),
    );
  });
});
