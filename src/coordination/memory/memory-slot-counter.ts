import { SlotCounter } from '../slot-counter.js';

/** Counts for this process alone. */
export class MemorySlotCounter extends SlotCounter {
  private readonly taken = new Map<string, number>();

  enter(name: string, limit: number): Promise<(() => void) | null> {
    const taken = this.taken.get(name) ?? 0;
    if (taken >= limit) return Promise.resolve(null);
    this.taken.set(name, taken + 1);
    let isHeld = true;
    return Promise.resolve(() => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.taken.get(name) ?? 1) - 1;
      if (left > 0) this.taken.set(name, left);
      else this.taken.delete(name);
    });
  }
}
