import type { IncomingMessage } from 'node:http';

/** Of all header lines together; more is answered with 431. */
export const MAX_HEADER_BYTES = 65_536;
/** Node leaves out what goes beyond. */
export const MAX_HEADER_LINES = 2_000;

/** Whether header lines may have been left out: what is left may say something else than what was sent. */
export function areHeadersCut({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): boolean {
  return rawHeaders.length >= 2 * MAX_HEADER_LINES;
}
