import type { CompactionWish } from '../../translation/request/read-context-management.js';

/** Share of the window, where a request wants to be compacted and does not say when. */
const STANDARD_SHARE = 0.8;

/**
 * From how many tokens of its context on an answer is followed by a compaction.
 *
 * @param wish of the request
 * @param setting AUTO_COMPACT_THRESHOLD where it applies to the request, tokens or a share: `80%`
 * @param window of the model in tokens; null: nobody knows, and no share of it can be told
 * @returns null: never
 */
export function compactionThreshold(
  wish: CompactionWish | 'none' | null,
  setting: string | undefined,
  window: number | null,
): number | null {
  if (wish === 'none') return null;
  if (wish) return wish.threshold ?? shareOf(window, STANDARD_SHARE);
  if (setting === undefined) return null;
  return setting.endsWith('%') ? shareOf(window, Number(setting.slice(0, -1)) / 100) : Number(setting);
}

function shareOf(window: number | null, share: number): number | null {
  return window === null ? null : Math.floor(window * share);
}
