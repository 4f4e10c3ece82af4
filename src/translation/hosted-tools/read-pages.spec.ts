import { readFileResults } from './read-file-results.js';
import { readPages } from './read-pages.js';

describe('readPages', () => {
  it.each([
    ['[{"url":"https://a.example","title":"A"}]', [['https://a.example', 'A']]],
    ['{"results":{"items":[{"link":"http://a.example","name":"A"}]}}', [['http://a.example', 'A']]],
    [
      '{"url":"https://a.example"}\n{"url":"https://b.example"}',
      [
        ['https://a.example', null],
        ['https://b.example', null],
      ],
    ],
    [
      'Title: The A\nURL: https://a.example/x.\n\nTitle: B\nURL: https://b.example',
      [
        ['https://a.example/x', 'The A'],
        ['https://b.example', 'B'],
      ],
    ],
    [
      '1. [A](https://a.example) and (https://b.example)',
      [
        ['https://a.example', 'A'],
        ['https://b.example', null],
      ],
    ],
    ['https://a.example https://a.example', [['https://a.example', null]]],
    ['{"url":"javascript:alert(1)"}', []],
    ['{"url":', []],
    ['', []],
  ])('should find in %j %j', (output, expected) => {
    expect(readPages(output).map(({ url, title }) => [url, title])).toEqual(expected);
  });

  it('should find no more than 50', () => {
    const urls = Array.from({ length: 80 }, (_, index) => `https://a.example/${index}`);
    expect(readPages(urls.join('\n'))).toHaveLength(50);
    expect(readPages(JSON.stringify(urls.map((url) => ({ url }))))).toHaveLength(50);
  });
});

describe('readFileResults', () => {
  it('should be the objects of a list', () => {
    const given = { id: 'f', path: 'a.md', content: 'x', score: 0.5, attributes: { page: 1, nested: {} } };
    expect(readFileResults(JSON.stringify({ matches: [given] }))).toEqual([
      { file_id: 'f', filename: 'a.md', text: 'x', score: 0.5, attributes: { page: 1 } },
    ]);
  });

  it('should be one of a text', () => {
    expect(readFileResults('Some text.')).toEqual([
      { file_id: '', filename: '', text: 'Some text.', attributes: {} },
    ]);
  });
});
