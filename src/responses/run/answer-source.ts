import type { GatewayError } from '../../errors/gateway-error.js';
import type { Gate } from '../../request/gate.js';
import type { EventObserver } from './event-observers.js';
import type { RunClient } from './run-client.js';

/** What a client is attached to: an answer that is being made, or the log of one. @public */
export abstract class AnswerSource {
  /** Whether the client reads a stream, or gets the response at the end alone. */
  abstract readonly streamed: boolean;
  /** Pad the deltas of the stream. */
  abstract readonly obfuscate: boolean;
  /** Closed by a client that is slow. */
  abstract readonly gate: Gate;
  /** Sequence number of the first event that the client gets. */
  abstract readonly firstSequence: number;

  abstract observe(observer: EventObserver): void;
  /** From now on the client gets the events, first those that waited for it. */
  abstract attach(client: RunClient): void;
  /** The client has left. */
  abstract detach(client: RunClient): void;
  /** No client will come. */
  abstract abandon(): void;
  /** Ends the answer, or what is shown of it, with an error. */
  abstract cancel(error: GatewayError): void;
}
