import { invalidRequest } from '../../errors/gateway-error.js';
import type { Envelopes } from '../../envelopes/envelopes.js';
import { parseContent, textOf } from './parse-content.js';
import { type RawObject, readString, readText } from './read-field.js';

/**
 * The text of a reasoning item: what its envelope holds, for that is the model's own text; else its content; else its summary.
 * An envelope of another caller or another key says nothing here, and is no error.
 */
export function readReasoning(item: RawObject, path: string, envelopes: Envelopes): string {
  const sealed = readText(item.encrypted_content, `${path}.encrypted_content`);
  const opened = sealed === '' ? null : envelopes.open('reasoning', sealed);
  if (opened !== null) return opened;
  const content = textOf(parseContent(item.content, `${path}.content`));
  return content === '' ? textOf(parseContent(item.summary, `${path}.summary`)) : content;
}

/**
 * The summary a compaction item holds.
 *
 * @throws GatewayError when it cannot be opened: without it the model would not know what it is talking about
 */
export function readCompaction(item: RawObject, path: string, envelopes: Envelopes): string {
  const sealedPath = `${path}.encrypted_content`;
  const summary = envelopes.open('compaction', readString(item.encrypted_content, sealedPath));
  if (summary !== null) return summary;
  throw invalidRequest(
    sealedPath,
    'This compaction cannot be read: it was changed, made for another caller, or sealed with a key that is no longer known.',
  );
}
