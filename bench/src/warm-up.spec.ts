import { hasSettled } from './warm-up.js';

describe('the end of a warm-up', () => {
  it('should wait while the cost falls', () => {
    expect(hasSettled([9, 7, 5, 4])).toBe(false);
    expect(hasSettled([9, 7, 5, 4, 3.8, 3.7])).toBe(false);
  });

  it('should come when the last slices cost what the best before them did', () => {
    expect(hasSettled([9, 5, 5, 4.95])).toBe(true);
    expect(hasSettled([9, 5, 5.2, 5.3])).toBe(true);
  });

  it('should not be brought by one disturbed slice', () => {
    expect(hasSettled([9, 7, 6, 12])).toBe(false);
    expect(hasSettled([9, 7, 5, 6, 4, 5])).toBe(false);
  });

  it('should not come at once', () => {
    expect(hasSettled([])).toBe(false);
    expect(hasSettled([5, 5, 5])).toBe(false);
  });
});
