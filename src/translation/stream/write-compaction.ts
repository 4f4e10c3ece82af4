import type { CompactionItem } from '../../contracts/responses-api.js';
import { announceItem, finishItem, type StreamOutput } from './item-writer.js';

/** Writes a compaction item, which has no parts and no deltas: it is announced empty and done at once. */
export function writeCompaction(
  output: StreamOutput,
  id: string,
  outputIndex: number,
  content: string,
): CompactionItem {
  announceItem(output, outputIndex, { type: 'compaction', id, encrypted_content: '' });
  return finishItem(output, outputIndex, { type: 'compaction', id, encrypted_content: content });
}
