import { refusalOf } from '../../../test/support/translation.js';
import { readContextManagement } from './read-context-management.js';

const at = (compact_threshold?: unknown) => ({ type: 'compaction', compact_threshold });

describe('readContextManagement', () => {
  it.each([
    [undefined, null],
    [null, null],
    [[], 'none'],
    [[at(1_000)], { threshold: 1_000 }],
    [[at(5_000), at(null), at(2_000)], { threshold: 2_000 }],
    [[at(null)], { threshold: null }],
    [[{ type: 'compaction' }], { threshold: null }],
  ])('should read %j', (value, expected) => {
    expect(readContextManagement(value)).toEqual(expected);
  });

  it.each([
    [{}, 'context_management', 'Expected an array, got an object.'],
    ['auto', 'context_management', 'Expected an array, got a string.'],
    [['compaction'], 'context_management[0]', 'Expected an object, got a string.'],
    [[{}], 'context_management[0].type', "Expected 'compaction', got nothing."],
    [[at(1_000), { type: 'clear' }], 'context_management[1].type', "Expected 'compaction', got 'clear'."],
    [[at(999)], 'context_management[0].compact_threshold', '1000 or more, got 999.'],
    [[at(1_000.5)], 'context_management[0].compact_threshold', 'got 1000.5.'],
    [[at('5000')], 'context_management[0].compact_threshold', 'got a string.'],
  ])('should refuse %j', (value, param, message) => {
    const refusal = refusalOf(() => readContextManagement(value));
    expect(refusal).toMatchObject({ status: 400, param });
    expect(refusal.message).toContain(message);
  });
});
