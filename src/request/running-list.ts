import type { GatewayError } from '../errors/gateway-error.js';

/** A request that is being answered. */
export interface Running {
  /** Its place in the list; -1 while it is not there. */
  slot: number;
  /** Ends the answer with this error, as a failed response where it has begun. */
  cancel: (error: GatewayError) => void;
}

/**
 * The requests in progress. A long-lived Set that changes with every request leaves hash tables in V8's old generation that retain
 * finished requests: garbage collection took longer than answering.
 */
export class RunningList<T extends Pick<Running, 'slot'> = Running> {
  private readonly entries: T[] = [];

  get size(): number {
    return this.entries.length;
  }

  add(entry: T): void {
    if (entry.slot >= 0) return;
    entry.slot = this.entries.length;
    this.entries.push(entry);
  }

  /** The last one takes the place of the one that leaves. */
  delete(entry: T): void {
    if (this.entries[entry.slot] !== entry) return;
    const last = this.entries.pop();
    if (last && last !== entry) {
      this.entries[entry.slot] = last;
      last.slot = entry.slot;
    }
    entry.slot = -1;
  }

  copy(): T[] {
    return [...this.entries];
  }
}
