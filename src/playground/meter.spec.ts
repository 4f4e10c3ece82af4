import { Meter } from './page/meter.js';

/** A meter that has counted deltas at these times. */
function meterOf(...times: number[]): Meter {
  const meter = new Meter();
  for (const time of times) meter.countDelta(time);
  return meter;
}
const total = (meter: Meter, slotMs: number): number =>
  meter.series().reduce((sum: number, { rate }) => sum + (rate * slotMs) / 1000, 0);

describe('Meter', () => {
  it('should know nothing before anything came', () => {
    const meter = new Meter();
    expect([meter.firstTokenMs, meter.tokensPerSecond(5), meter.totalMs(5)]).toEqual([
      undefined,
      undefined,
      5,
    ]);
    expect(meter.series()).toEqual([]);
  });

  it('should count a delta as a token until the usage is known', () => {
    const meter = meterOf(100, 200, 300, 600);
    expect(meter.firstTokenMs).toBe(100);
    expect(meter.tokensPerSecond(700)).toBe(8);
    meter.finish(700, 10);
    expect(meter.tokensPerSecond(9_999)).toBe(20);
    expect(meter.totalMs(9_999)).toBe(700);
    expect(total(meter, 50)).toBeCloseTo(10);
  });

  it.each([
    ['no deltas, as of an answer that is not streamed', []],
    ['all of them at once', [400, 401]],
  ])('should take the whole time for %s', (_name, times) => {
    const meter = meterOf(...times);
    meter.finish(500, 10);
    expect(meter.tokensPerSecond(500)).toBe(20);
  });

  it('should keep a long answer in few slots, and lose none of it', () => {
    const meter = new Meter();
    for (let at = 0; at < 600_000; at += 10) meter.countDelta(at);
    const series = meter.series();
    expect(series.length).toBeLessThanOrEqual(60);
    expect(series.length).toBeGreaterThan(30);
    expect(total(meter, series[1]!.at)).toBeCloseTo(60_000);
    for (const { rate } of series.slice(0, -1)) expect(rate).toBeCloseTo(100);
  });

  it('should not stop at a silence of any length', () => {
    const meter = meterOf(10, 10_000_000);
    expect(meter.series().length).toBeLessThanOrEqual(60);
    expect(meter.series().filter(({ rate }) => rate > 0)).toHaveLength(2);
  });
});
