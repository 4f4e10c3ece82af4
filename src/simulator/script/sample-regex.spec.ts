import { seededRandom } from '../engine/seeded-random.js';
import { sampleRegex } from './sample-regex.js';

describe('sampleRegex', () => {
  it.each([
    '^[A-Z]{3}-\\d{2,4}$',
    '^(?:red|green|blue)(?<n>_\\w+)?$',
    '^[^a-z\\d]+\\.x*?[\\w.-]{1,}$',
    '^\\u0041\\x42\\t\\S\\D$',
    '^((a|b){2}c)+$',
    'call me [A-Za-z]{1,10}',
    '^$',
  ])('should match %s', (pattern) => {
    const random = seededRandom(11);
    for (let index = 0; index < 50; index += 1)
      expect(sampleRegex(pattern, random)).toMatch(new RegExp(pattern));
  });
});
