import { readDuration, readSize } from './units.js';

describe('readDuration', () => {
  it.each([
    ['1500', 1_500],
    ['500ms', 500],
    ['30s', 30_000],
    ['30 S', 30_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['1.1h', 3_960_000],
    ['1.001s', 1_001],
    ['30d', 2_592_000_000],
    ['1 D', 86_400_000],
    ['0.0001s', 0.1],
  ])('should read %s', (text, milliseconds) => {
    expect(readDuration(text)).toBe(milliseconds);
  });

  it.each(['', 's', '-1', '1w', '1s2', '1e3', 'Infinity', '0x10', '1,5s'])('should not read %j', (text) => {
    expect(readDuration(text)).toBeNull();
  });
});

describe('readSize', () => {
  it.each([
    ['1500', 1_500],
    ['10b', 10],
    ['64k', 65_536],
    ['64KB', 65_536],
    ['32mb', 33_554_432],
    ['32 MiB', 33_554_432],
    ['0.5g', 536_870_912],
  ])('should read %s', (text, bytes) => {
    expect(readSize(text)).toBe(bytes);
  });

  it.each(['', 'k', '-1', '1tb', '1ib', '1e3', 'NaN'])('should not read %j', (text) => {
    expect(readSize(text)).toBeNull();
  });
});
