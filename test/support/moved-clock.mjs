// Moves the wall clock of the process that imports this (node --import): by as many milliseconds as the file of MOVED_CLOCK says.
// performance.now() and timers go on as they were, as they do when the clock of a machine is set.
import { readFileSync } from 'node:fs';
import process from 'node:process';

const RealDate = Date;
const path = process.env.MOVED_CLOCK;

function now() {
  const moved = Number(readFileSync(path, 'utf8'));
  return RealDate.now() + moved;
}

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }

  static now() {
    return now();
  }
};
