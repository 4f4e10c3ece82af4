import { Client, type Dispatcher } from 'undici';

/** What a connection tells the request that it takes. */
export interface TakenRequest extends Dispatcher.DispatchOptions {
  takenBy: (connection: KeptConnection) => void;
}

/**
 * One connection to a model server, kept from request to request and opened anew when it is lost.
 *
 * A server may close a kept connection at any time, also while a request is on its way. Such a request is sent once more: by
 * `dispatch` of this same connection, which has just lost its socket and has to open another. A pool might choose another connection
 * that the server has closed as well.
 */
export class KeptConnection extends Client {
  private isFresh = true;

  constructor(origin: URL, options: object) {
    super(origin, options);
    this.on('connect', () => {
      this.isFresh = true;
    });
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (request as TakenRequest).takenBy(this);
    return super.dispatch(request, handler);
  }

  /**
   * To be called when a request is written.
   *
   * @returns whether the open socket has carried another one before
   */
  carry(): boolean {
    const isReused = !this.isFresh;
    this.isFresh = false;
    return isReused;
  }
}
