import type { ResponseEvent } from '../contracts/response-events.js';
import type { LoggedEvents } from './event-log.js';

/** How long a log is kept that does not end: longer than any answer takes. */
export const UNFINISHED_KEPT_MS = 86_400_000;
/** How often followers look without having been told. */
export const LOOK_AGAIN_MS = 1_000;
/** At most so many batches are read at once; whoever wants more reads again. */
export const BATCHES = 100;

/** Events as they were appended at once. */
export interface EventBatch {
  /** JSON of a list of events. */
  body: string;
  isEnd: boolean;
}

/**
 * The events behind `after` out of the batches that reach beyond it, in their order. An append that was made again may have brought
 * some twice.
 *
 * @returns null where there is a gap
 */
export function readBatches(
  batches: readonly EventBatch[],
  after: number,
  limit: number,
): LoggedEvents | null {
  const events: ResponseEvent[] = [];
  let next = after + 1;
  for (const { body } of batches) {
    for (const event of JSON.parse(body) as ResponseEvent[]) {
      if (event.sequence_number < next) continue;
      if (event.sequence_number > next) return null;
      if (events.length === limit) return { events, isEnded: false };
      events.push(event);
      next++;
    }
  }
  return { events, isEnded: batches.at(-1)?.isEnd ?? false };
}
