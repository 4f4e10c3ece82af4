import type { ResponseObject, ResponseUsage } from '../../contracts/responses-api.js';
import type { FinishReason } from '../vocabulary/segment.js';

/** What a response says of an answer that has not come to its end. */
const INCOMPLETE_DETAILS: Record<FinishReason, ResponseObject['incomplete_details']> = {
  stop: null,
  length: { reason: 'max_output_tokens' },
  content_filter: { reason: 'content_filter' },
  interrupted: { reason: 'interrupted' },
  empty: { reason: 'empty_answer' },
  no_required_call: { reason: 'required_tool_call_missing' },
  malformed_call: { reason: 'malformed_tool_call' },
};

/** The model came to its end: what it wrote is whole, whatever is missing. */
export const WHOLE_ITEMS: ReadonlySet<FinishReason> = new Set(['stop', 'empty', 'no_required_call']);

/** What the model's last word makes of the response. @param now Unix time in seconds, like `createdAt` */
export function endingOf(reason: FinishReason, now: () => number, createdAt: number, usage: ResponseUsage) {
  const isComplete = reason === 'stop';
  return {
    status: isComplete ? ('completed' as const) : ('incomplete' as const),
    // The clock may have been set back meanwhile.
    completed_at: isComplete ? Math.max(now(), createdAt) : null,
    incomplete_details: INCOMPLETE_DETAILS[reason],
    usage,
  };
}
