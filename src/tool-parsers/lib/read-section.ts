import type { CallReader } from './call-reader.js';
import type { Reading } from './text-source.js';

/** The marks of families that put a section around their calls, and one mark before each. @public */
export interface SectionTags {
  open: string;
  close: string;
  call: string;
}

/**
 * Reads the calls of a section, or one that stands without a section around it.
 *
 * @public
 * @param marker the mark that was met: the section's or a call's
 * @param readCall reads what stands behind a call's mark
 */
export function* readSection(
  reader: CallReader,
  marker: string,
  { open, close, call }: SectionTags,
  readCall: (reader: CallReader) => Reading,
): Reading {
  const { source } = reader;
  if (marker === open) yield* reader.require(call);
  yield* readCall(reader);
  while ((yield* source.accept([call])) !== null) {
    if (!(yield* reader.attempt(call, () => readCall(reader)))) return;
  }
  yield* source.close([close]);
}
