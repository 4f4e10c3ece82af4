import type { IncomingMessage } from 'node:http';

/** Bytes of all header lines; more is answered with 431. */
export const MAX_HEADER_BYTES = 65_536;
/** Node drops further header lines silently. */
export const MAX_HEADER_LINES = 2_000;

/** Whether header lines may have been dropped, so that the rest may mean something else. */
export function areHeadersCut({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): boolean {
  return rawHeaders.length >= 2 * MAX_HEADER_LINES;
}
