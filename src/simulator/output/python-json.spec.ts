import { pythonDumps } from './python-json.js';

describe('pythonDumps', () => {
  it('should space and escape as json.dumps', () => {
    expect(pythonDumps({ a: [1, 'ö', null], b: { c: true }, d: undefined })).toBe(
      '{"a": [1, "\\u00f6", null], "b": {"c": true}}',
    );
    expect(pythonDumps({ a: 'ö😀' }, false)).toBe('{"a": "ö😀"}');
    expect(JSON.parse(pythonDumps('😀\u007f"\n'))).toBe('😀\u007f"\n');
  });
});
