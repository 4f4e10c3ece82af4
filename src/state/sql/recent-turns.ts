import type { StoredItem } from '../stored-item.js';

/** Characters of JSON that are kept at most: some 25 MB of memory. */
const CAPACITY = 8_000_000;

export interface RecentTurn {
  tenant: string;
  previousId: string | null;
  /** What the model gets to see of it. */
  items: StoredItem[];
  /** Characters of JSON. */
  size: number;
}

/**
 * Turns of chains that were read lately: what has been said does not change any more, so the next turn of a chain need not read all
 * that was before it again.
 */
export class RecentTurns {
  /** The one that was not asked for the longest stands first. */
  private readonly turns = new Map<string, RecentTurn>();
  private size = 0;

  constructor(private readonly capacity = CAPACITY) {}

  add(id: string, turn: RecentTurn): void {
    if (this.turns.has(id) || turn.size > this.capacity) return;
    this.turns.set(id, turn);
    this.size += turn.size;
    for (const [oldest, { size }] of this.turns) {
      if (this.size <= this.capacity) return;
      this.turns.delete(oldest);
      this.size -= size;
    }
  }

  /** @returns all that was said up to the end of a response; null where a part of it is not known */
  collect(tenant: string, id: string): StoredItem[] | null {
    const found: RecentTurn[] = [];
    for (let next: string | null = id; next !== null;) {
      const turn = this.turns.get(next);
      if (turn?.tenant !== tenant) return null;
      this.turns.delete(next);
      this.turns.set(next, turn);
      found.push(turn);
      next = turn.previousId;
    }
    return found.reverse().flatMap(({ items }) => items);
  }
}
