import fc from 'fast-check';
import { ignoredField } from './ignored-field.js';

describe('ignoredField', () => {
  it.each([
    ['service_tier', 'service_tier'],
    ['text.verbosity', 'text.verbosity'],
    ['text.made_up', 'text'],
    ['include:made_up', 'include'],
    ['tools:mcp', 'tools:mcp'],
    ['made_up', 'other'],
    ['made_up.text', 'other'],
    ['', 'other'],
  ])('should tell of %p as %p', (name, label) => {
    expect(ignoredField(name)).toBe(label);
  });

  it('should have few values, whatever clients make up', () => {
    const labels = new Set<string>();
    fc.assert(
      fc.property(
        fc.constantFrom('text', 'tools', 'x'),
        fc.constantFrom('.', ':', ''),
        fc.string(),
        (field, mark, rest) => {
          labels.add(ignoredField(`${field}${mark}${rest}`));
        },
      ),
    );
    expect(labels.size).toBeLessThan(20);
  });
});
