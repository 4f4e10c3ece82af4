/** What a simulator has served so far; `GET /sim/stats` gives the same numbers. */
export interface SimulatorStats {
  /** Requests of any path. */
  requests: number;
  /** Chat completion requests. */
  chats: number;
  /** Requests being served now. */
  active: number;
  /** Answers that were sent to their end. */
  completed: number;
  /** Requests whose client went away before that. */
  aborted: number;
  /** Faults that were injected. */
  faults: number;
  /** Tokens handed to clients. */
  tokens: number;
  /** Connections accepted. */
  connections: number;
}

/** All counters at zero. */
export function newStats(): SimulatorStats {
  return { requests: 0, chats: 0, active: 0, completed: 0, aborted: 0, faults: 0, tokens: 0, connections: 0 };
}
