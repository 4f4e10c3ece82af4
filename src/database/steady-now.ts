/**
 * Unix time in ms by a clock that only goes on. The wall clock of a machine may be set while work is in hand: by an hour forward, all
 * that is held would be free, and by an hour back, what was left would be held for an hour.
 */
export function steadyNow(): number {
  return Math.round(performance.timeOrigin + performance.now());
}
