import { type buildConnector, Client, type Dispatcher } from 'undici';
import { InterimAnswers } from './interim-answers.js';
import { withoutCopy } from './long-body.js';

/** A request that learns which connection sends it. */
export interface TakenRequest extends Dispatcher.DispatchOptions {
  takenBy: (connection: KeptConnection) => void;
}

/**
 * One keep-alive connection to a model server, reopened when it is lost.
 *
 * A server may close an idle connection at any time, also while a request is being sent. Such a request is retried once: by
 * `dispatch` of this same connection, which has just lost its socket and has to open another. A pool might choose another connection
 * that the server has closed as well.
 */
export class KeptConnection extends Client {
  private isFresh = true;
  private readonly interim: InterimAnswers;

  /** @param options as a pool hands them to its connections: with a function that connects */
  constructor(origin: URL, options: object) {
    const { connect } = options as { connect: buildConnector.connector };
    const interim = new InterimAnswers();
    super(origin, { ...options, connect: watched(connect, interim) });
    this.interim = interim;
    this.on('connect', () => {
      this.isFresh = true;
    });
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (request as TakenRequest).takenBy(this);
    return super.dispatch(withoutCopy(request), handler);
  }

  /** Whether a byte has come for the request that was written last, if only of an interim answer: the server has it. */
  get hasAnswered(): boolean {
    return this.interim.hasBegun;
  }

  /**
   * To be called when a request is written.
   *
   * @returns whether the open socket has carried another one before
   */
  beginRequest(): boolean {
    this.interim.expectAnswer();
    const isReused = !this.isFresh;
    this.isFresh = false;
    return isReused;
  }
}

function watched(connect: buildConnector.connector, interim: InterimAnswers): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...opened) => {
      const [, socket] = opened;
      if (socket) interim.watch(socket);
      callback(...opened);
    });
  };
}
