/**
 * Extension point: what may be under way only so many times at once, over all replicas.
 * @public
 */
export abstract class SlotCounter {
  /**
   * @returns what gives the slot back; null where all are taken. A replica that has died gives its slots back after LEASE_MS.
   */
  abstract enter(name: string, limit: number): Promise<(() => void) | null>;
}
