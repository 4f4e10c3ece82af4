/** Work that goes on without a client: the id of a background response, and whose it is. @public */
export interface Job {
  id: string;
  tenant: string;
}

/**
 * What it throws is logged, and the job is over.
 *
 * @param signal aborted when the job is cancelled
 * @param deaths workers that have died with the job before
 * @public
 */
export type JobHandler = (job: Job, signal: AbortSignal, deaths: number) => Promise<void>;

/** How much there is to do. @public */
export interface JobCounts {
  /** Jobs that wait, for any replica. */
  waiting: number;
  /** Jobs that this process works on. */
  running: number;
}

/**
 * Extension point: who works on what. A job whose worker has died is handed to another one: the handler finds out whether it can be
 * begun again.
 * @public
 */
export abstract class JobQueue {
  /**
   * A job whose id waits or is worked on is not added again.
   *
   * @throws GatewayError `rate_limit_exceeded` where too many wait
   */
  abstract add(job: Job): Promise<void>;
  /** Has this process work on jobs. */
  abstract process(handler: JobHandler): void;
  /** Takes a job that waits out, and tells whoever works on it, on any replica. */
  abstract cancel(job: Job): Promise<void>;
  /** For the metrics. @returns null where it is not known */
  counts(): Promise<JobCounts | null> {
    return Promise.resolve(null);
  }
  /** Hands out no more jobs here. Those that are being worked on go on. */
  abstract pause(): Promise<void>;
  /** Does not wait for those that are being worked on: where jobs are shared, others take them up. */
  abstract close(): Promise<void>;
}
