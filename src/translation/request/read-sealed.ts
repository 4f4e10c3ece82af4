import type { Envelopes } from '../../sealing/envelopes.js';
import { type ContentReading, parseContent, textOf } from './parse-content.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { readString, readText } from './read-field.js';

/**
 * The text of a reasoning item: what its envelope holds, for that is the model's own text; else its content; else its summary.
 * An envelope of another caller or another key says nothing here, and is no error.
 */
export function readReasoning(
  item: RawObject,
  path: string,
  { envelopes, ...reading }: ContentReading & { envelopes: Envelopes },
): string {
  const sealed = readText(item.encrypted_content, `${path}.encrypted_content`);
  const opened = sealed === '' ? null : envelopes.open('reasoning', sealed);
  if (opened !== null) return opened;
  const content = textOf(parseContent(item.content, `${path}.content`, reading));
  return content === '' ? textOf(parseContent(item.summary, `${path}.summary`, reading)) : content;
}

/**
 * The summary a compaction item holds; null where it cannot be opened: it was changed, made by another service or for another
 * caller, or sealed with a key that is no longer known.
 */
export function readCompaction(item: RawObject, path: string, envelopes: Envelopes): string | null {
  return envelopes.open('compaction', readString(item.encrypted_content, `${path}.encrypted_content`));
}
