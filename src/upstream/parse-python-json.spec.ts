import { parsePythonJson } from './parse-python-json.js';

describe('parsePythonJson', () => {
  it('should read JSON as it is', () => {
    expect(parsePythonJson('{"a": "b: NaN, c"}')).toEqual({ a: 'b: NaN, c' });
  });

  it.each(['-Infinity', 'Infinity', 'NaN'])('should read %s as an impossible logprob', (number) => {
    expect(parsePythonJson(`{"logprob": ${number}, "list": [${number}]}`)).toEqual({
      logprob: -9999,
      list: [-9999],
    });
  });

  it('should refuse what is no JSON either way', () => {
    expect(() => parsePythonJson('{"a": NaN')).toThrow(SyntaxError);
  });
});
