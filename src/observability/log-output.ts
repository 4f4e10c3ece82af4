import { type DestinationStream, destination } from 'pino';
import type { Environment } from '../config/environment.js';
import { prettyLine } from './pretty-line.js';

/** Lines are gathered and written in the background: a write for each request would cost more than its translation. */
const GATHERED = { sync: false, minLength: 4096, periodicFlush: 100 };

/** Where the log goes, and in which form. A terminal gets each line at once. */
export function logOutput(format: Environment['LOG_FORMAT']): DestinationStream {
  const { isTTY } = process.stdout;
  const output = destination(isTTY ? { sync: true } : GATHERED);
  if (format === 'json' || (format === 'auto' && !isTTY)) return output;
  // Which knows of NO_COLOR too.
  const hasColours = isTTY && process.stdout.hasColors();
  return {
    write: (json) => {
      output.write(`${prettyLine(JSON.parse(json) as Record<string, unknown>, hasColours)}\n`);
    },
  };
}
