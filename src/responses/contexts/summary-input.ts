import type { OutputItem } from '../../contracts/responses-api.js';
import { pairCalls } from '../../translation/request/pair-calls.js';

/**
 * The input of the turn that sums up a conversation and the answer it has just got. Calls that nobody has carried out yet are left out:
 * they are shown to the model beside the summary once there is an output.
 */
export function summaryInput(shown: readonly unknown[], output: readonly OutputItem[]): unknown[] {
  const items = [...shown, ...output];
  const partners = pairCalls(items);
  const said = items.filter(
    (item, index) => index < shown.length || !isForClient(item as OutputItem) || partners.has(index),
  );
  return [...said, { type: 'compaction_trigger' }];
}

const RUN_HERE: ReadonlySet<OutputItem['type']> = new Set([
  'mcp_call',
  'web_search_call',
  'code_interpreter_call',
  'file_search_call',
]);

/** Whether its client is to do something about it. */
function isForClient({ type }: OutputItem): boolean {
  return type === 'mcp_approval_request' || (type.endsWith('_call') && !RUN_HERE.has(type));
}
