import { findJsonError, lineAndColumn } from './json-position.js';

describe('findJsonError', () => {
  it.each([
    ['{bad', 1],
    ['{"q": ', 6],
    ['', 0],
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['[1, 2', 5],
    ['[1 2]', 3],
    ['{} {}', 3],
    ['"open', 0],
  ])('should stop in %j at %i, as Python does', (text, position) => {
    expect(findJsonError(text)).toBe(position);
  });

  it.each(['{"a": [1, -2.5e3, null], "b": {"c": "\\u00e9\\n"}}', ' [] ', '"x"', 'NaN'])(
    'should accept %j',
    (text) => {
      expect(findJsonError(text)).toBeUndefined();
    },
  );

  it('should count lines and columns from one', () => {
    expect(lineAndColumn('{"q": ', 6)).toEqual({ line: 1, column: 7 });
    expect(lineAndColumn('{\n "a"\n}', 6)).toEqual({ line: 2, column: 5 });
  });
});
