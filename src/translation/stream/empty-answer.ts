import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { NO_USAGE } from './usage.js';

/**
 * The events of an answer without output, for a request that is only to be taken note of.
 *
 * @param now unix time in seconds
 */
export function emptyAnswer(response: ResponseObject, now: number): ResponseEvent[] {
  const completed: ResponseObject = {
    ...response,
    status: 'completed',
    completed_at: now,
    usage: NO_USAGE,
    output_text: '',
  };
  return [
    { type: 'response.created', sequence_number: 0, response },
    { type: 'response.in_progress', sequence_number: 1, response },
    { type: 'response.completed', sequence_number: 2, response: completed },
  ];
}
