/** What is known of a key. @public */
export type IdempotencyState =
  /** Nothing was: whoever asked has it now. */
  | { kind: 'begun' }
  /** A request with it is being answered. */
  | { kind: 'running' }
  /** It was used with another body. */
  | { kind: 'other' }
  | { kind: 'done'; outcome: string };

/** Extension point: the outcomes of requests that have an `Idempotency-Key`, over all replicas. @public */
export abstract class IdempotencyStore {
  /**
   * @param scope tenant and key
   * @param fingerprint of the body
   * @param forMs how long a begun one outlives a process that does not renew it
   */
  abstract begin(scope: string, fingerprint: string, forMs: number): Promise<IdempotencyState>;
  abstract renew(scope: string, forMs: number): Promise<void>;
  abstract finish(scope: string, outcome: string, keepMs: number): Promise<void>;
  /** The request has come to nothing that could be answered again. */
  abstract release(scope: string): Promise<void>;
}
