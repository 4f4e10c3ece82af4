import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../../request/request-context.js';
import type { AnswerSource } from '../../responses/run/answer-source.js';
import type { RunClient } from '../../responses/run/run-client.js';

/** The client of a run at this end. */
export interface TransportClient extends RunClient {
  /** Lets go of timers and the like: the request is over. */
  dispose(): void;
}

/** Has a request answered in another way than by its HTTP response: a turn of a WebSocket is. */
export interface AttachedClient {
  /**
   * Called behind the guards, before the interceptors and the handler.
   *
   * @throws GatewayError when the request is not to be answered
   */
  prepare(context: RequestContext): void;
  /** @param refuse has the request answered with an error instead */
  open(run: AnswerSource, refuse: (error: unknown) => void): TransportClient;
}

const CLIENT = Symbol('client');

type RequestWithClient = IncomingMessage & { [CLIENT]?: AttachedClient };

export function attachClient(request: IncomingMessage, client: AttachedClient): void {
  (request as RequestWithClient)[CLIENT] = client;
}

export function attachedClient(request: IncomingMessage): AttachedClient | undefined {
  return (request as RequestWithClient)[CLIENT];
}
