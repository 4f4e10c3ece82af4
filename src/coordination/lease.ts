/** Something that one holder has for a while. @public */
export interface HeldLease {
  /** @returns false where it was lost */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** Extension point: what only one may have at a time, over all replicas. @public */
export abstract class Lease {
  /**
   * @param forMs how long it outlives a holder that does not renew it
   * @param holder who holds it; the same holder gets it once more, also from another process
   * @returns null where another holds it
   */
  abstract acquire(name: string, forMs: number, holder?: string): Promise<HeldLease | null>;
}
