import type { FaultName } from '../fault-names.js';
import type { Exchange } from './exchange.js';
import { pause } from './pause.js';

/** Odd, so that the cuts fall everywhere, also inside a character. */
const SPLIT_SIZE = 7;

/** Writes frames as they are, or in the odd ways that a robust client must bear. */
export type FrameWriter = (frame: string) => Promise<void>;

/** The writer of one stream. */
export function frameWriter(exchange: Exchange, fault: FaultName | undefined): FrameWriter {
  switch (fault) {
    case 'crlf':
      return (frame) => exchange.write(frame.replaceAll('\n', '\r\n'));
    case 'split':
      return async (frame) => {
        const bytes = Buffer.from(frame);
        for (let at = 0; at < bytes.length; at += SPLIT_SIZE) {
          await exchange.write(bytes.subarray(at, at + SPLIT_SIZE));
          await pause(0, exchange.signal);
        }
      };
    default:
      return (frame) => exchange.write(frame);
  }
}
