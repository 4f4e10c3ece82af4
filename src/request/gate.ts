/** A producer that can be paused. @public */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Carries backpressure against the direction of the events: RxJS cannot pause a producer, so whoever writes to the client
 * closes the gate while the socket is full, and whoever reads from the upstream attaches what is to be paused.
 * @public
 */
export class Gate {
  private source: Pausable | null = null;
  private closed = false;

  get isClosed(): boolean {
    return this.closed;
  }

  attach(source: Pausable): void {
    this.source = source;
    if (this.closed) source.pause();
  }

  detach(): void {
    this.source = null;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.source?.pause();
  }

  open(): void {
    if (!this.closed) return;
    this.closed = false;
    this.source?.resume();
  }
}
