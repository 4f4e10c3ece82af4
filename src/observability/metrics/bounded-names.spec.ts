import { BoundedNames, OTHER } from './bounded-names.js';

describe('BoundedNames', () => {
  it('should tell so many names apart, and count all others together', () => {
    const names = new BoundedNames(2);
    const labels = ['a', 'b', 'c', 'a', 'd', 'b'].map((name) => names.labelOf(name, true));
    expect(labels).toEqual(['a', 'b', OTHER, 'a', OTHER, 'b']);
  });

  it('should give no place to a name that proves to be nothing', () => {
    const names = new BoundedNames(1);
    expect(names.labelOf('made-up', false)).toBe(OTHER);
    expect(names.labelOf('real', true)).toBe('real');
    expect(names.labelOf('real', false)).toBe('real');
  });

  it('should leave out a name that is not there', () => {
    expect(new BoundedNames(1).labelOf('', true)).toBe('');
  });
});
