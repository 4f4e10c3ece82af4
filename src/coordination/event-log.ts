import type { ResponseEvent } from '../contracts/response-events.js';

/** A part of a log. @public */
export interface LoggedEvents {
  /** In order, without a gap. */
  events: ResponseEvent[];
  /** Whether the log has ended, and these are the last. */
  isEnded: boolean;
}

/**
 * Extension point: the events of answers that are read again: by a client that has lost its connection, also while the model still
 * writes, and by whoever is on another replica than the model's answer.
 * @public
 */
export abstract class EventLog {
  /**
   * Appends events whose sequence numbers follow those before. Events that were appended already are left out, so that a call that
   * has failed can be made again.
   *
   * @param isEnd these are the last: the log is kept for `keepMs` from now on, and takes no more
   * @throws GatewayError `store_unavailable`; `internal_error` where the log lacks the event before them
   */
  abstract append(
    name: string,
    events: readonly ResponseEvent[],
    options: { isEnd: boolean; keepMs: number },
  ): Promise<void>;

  /**
   * @param after sequence number of the last event that is not wanted; -1: from the first
   * @param limit at most so many events; there may be fewer though there are more to read
   * @returns null where there is no such log, or it lacks the event that is next
   */
  abstract read(name: string, after: number, limit: number): Promise<LoggedEvents | null>;

  /** Calls back whenever there may be more to read, and every second besides. @returns what ends that */
  abstract follow(name: string, listener: () => void): () => void;

  abstract delete(name: string): Promise<void>;
}
