import { instructedText } from './decide-answer.js';

describe('instructedText', () => {
  it.each([
    ['Reply exactly: pong', 'pong'],
    ['Think. Then answer with exactly: a\nb ', 'a\nb'],
    ['Echo:  hello', 'hello'],
    ['Please count to 3.', '1 2 3'],
    ['count from 1 to 2', '1 2'],
    ['hello', undefined],
  ])('should follow %j', (question, text) => {
    expect(instructedText(question)).toBe(text);
  });
});
