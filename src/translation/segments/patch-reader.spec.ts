import fc from 'fast-check';
import { PatchReader } from './patch-reader.js';

function read(pieces: readonly string[]) {
  const reader = new PatchReader();
  const text = pieces.map((piece) => reader.pushText(piece)).join('') + reader.end();
  return { target: reader.target, diff: text, isWhole: reader.isWhole };
}

function cut(text: string, cuts: readonly number[]): string[] {
  const at = cuts.map((place) => place % (text.length + 1)).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
}

describe('PatchReader', () => {
  it('should know the file before the diff, and pass the diff on as it comes', () => {
    const reader = new PatchReader();
    expect(reader.pushText('{"type": "update_file", "path": "a.ts", "di')).toBe('');
    expect(reader.target).toBeNull();
    expect(reader.pushText('ff": "@@\\n')).toBe('@@\n');
    expect(reader.target).toEqual({ type: 'update_file', path: 'a.ts' });
    expect(reader.pushText('-a\\')).toBe('-a');
    expect(reader.isWhole).toBe(false);
    expect(reader.pushText('n+b"')).toBe('\n+b');
    expect(reader.isWhole).toBe(true);
    expect(reader.pushText('}')).toBe('');
    expect(reader.end()).toBe('');
  });

  it.each([
    ['{"path":"a","type":"create_file","diff":"+x"}', { type: 'create_file', path: 'a' }, '+x'],
    ['{"diff":"+x","path":"a","type":"create_file"}', { type: 'create_file', path: 'a' }, '+x'],
    ['{"type":"create_file","path":"a"}', { type: 'create_file', path: 'a' }, ''],
    ['{"type":"create_file","path":"a","mode":"x","diff":"+x"}', { type: 'create_file', path: 'a' }, '+x'],
    ['{"type":"delete_file","path":"a"}', { type: 'delete_file', path: 'a' }, ''],
    ['{"type":"delete_file","path":"a","diff":"-x"}', { type: 'delete_file', path: 'a' }, ''],
    ['{"type":"update_file","path":"a\\"\\u00e4","diff":""}', { type: 'update_file', path: 'a"ä' }, ''],
  ])('should read %s', (text, target, diff) => {
    for (const pieces of [[text], text.split('')])
      expect(read(pieces)).toEqual({ target, diff, isWhole: true });
  });

  it.each([
    '',
    '{}',
    'rm a',
    '"a"',
    '{"type":"update_file","path":"a"}',
    '{"type":"update_file","path":"a","diff":7}',
    '{"type":"update_file","path":"a","diff":"x',
    '{"type":"update_file","path":"a',
    '{"type":"update_file","path":"","diff":"x"}',
    '{"type":"move_file","path":"a","diff":"x"}',
    '{"type":"delete_file","path":7}',
    '{"type":"delete_file","type":"update_file","diff":"x"}',
  ])('should not take for a patch: %s', (text) => {
    for (const pieces of [[text], text.split('')]) expect(read(pieces)).toMatchObject({ isWhole: false });
  });

  it('should not wait for a diff behind a head without end', () => {
    const text = JSON.stringify({ type: 'update_file', path: 'a'.repeat(20_000), diff: 'x' });
    expect(read(cut(text, [9_000, 12_000]))).toMatchObject({ diff: 'x', isWhole: true });
  });

  it('should read the same patch however its text is cut and its fields are ordered', () => {
    const operation = fc.record({
      type: fc.constantFrom('create_file', 'update_file', 'delete_file'),
      path: fc.string({ unit: 'binary', minLength: 1 }),
      diff: fc.string({ unit: 'binary' }),
    });
    const order = fc.shuffledSubarray(['type', 'path', 'diff'] as const, { minLength: 3 });
    fc.assert(
      fc.property(operation, order, fc.array(fc.nat(), { maxLength: 8 }), (given, fields, cuts) => {
        const text = JSON.stringify(Object.fromEntries(fields.map((field) => [field, given[field]])));
        const { type, path, diff } = given;
        expect(read(cut(text, cuts))).toEqual({
          target: { type, path },
          diff: type === 'delete_file' ? '' : diff,
          isWhole: true,
        });
      }),
      { numRuns: 500 },
    );
  });
});
