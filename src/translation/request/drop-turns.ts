import { isObject } from '../../contracts/raw-object.js';
import { pairCalls } from './pair-calls.js';

/** How many turns could be left out: all but the last. */
export function countOldTurns(items: readonly unknown[]): number {
  const turns = turnsOf(items);
  return new Set(turns.filter((turn) => turn < (turns.at(-1) ?? 0))).size;
}

/**
 * Leaves out the oldest turns, each from one message of the user to the next. The last turn stays, as do system texts, compactions, and
 * whatever of a call and its output stands on the other side of the cut.
 */
export function dropTurns(items: readonly unknown[], count: number): readonly unknown[] {
  const turns = turnsOf(items);
  const last = turns.at(-1) ?? 0;
  const first = [...new Set(turns)][count] ?? last;
  const partners = pairCalls(items);
  const isBehind = (index: number | undefined): boolean =>
    index !== undefined && (turns[index] ?? 0) >= Math.min(first, last);
  return items.filter(
    (item, index) => isBehind(index) || isAlwaysKept(item) || isBehind(partners.get(index)),
  );
}

/** For each item the number of its turn, in order. What stands before the first message of the user is a turn too. */
function turnsOf(items: readonly unknown[]): number[] {
  let turn = 0;
  let isEmpty = true;
  return items.map((item) => {
    if (isFromUser(item) && !isEmpty) turn++;
    if (!isAlwaysKept(item)) isEmpty = false;
    return turn;
  });
}

function isFromUser(item: unknown): boolean {
  return isObject(item) && (item.type ?? 'message') === 'message' && item.role === 'user';
}

function isAlwaysKept(item: unknown): boolean {
  return (
    isObject(item) && (item.role === 'system' || item.role === 'developer' || item.type === 'compaction')
  );
}
