import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Gate } from '../../request/gate.js';
import type { Frame } from '../http/event-framer.js';

/**
 * Sends text frames. Those of one tick leave in one write, and the gate of the running turn is closed while the socket is
 * full: the upstream is not read faster than the client reads.
 */
export class FrameSender {
  private gate: Gate | null = null;
  private isCorked = false;
  private lastSentAt = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Duplex,
  ) {}

  /** performance.now() of the last frame. */
  get sentAt(): number {
    return this.lastSentAt;
  }

  /** Whether the client has more to take than is to be held for it. */
  get isFull(): boolean {
    return this.connection.writableNeedDrain;
  }

  /** Waits until the client has taken what was sent; false: it is gone. */
  async drained(): Promise<boolean> {
    if (this.connection.destroyed) return false;
    if (!this.isFull) return true;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.connection.off('drain', settle).off('close', settle);
        resolve();
      };
      this.connection.on('drain', settle).on('close', settle);
    });
    return !this.connection.destroyed;
  }

  /** Holds what this gate is in front of whenever the socket is full; null: nothing is held. */
  hold(gate: Gate | null): void {
    this.gate = gate;
    this.closeGateWhileFull();
  }

  /** A message of several parts leaves as so many fragments: so its parts need not be copied together. */
  send(message: Frame): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (!this.isCorked) {
      this.isCorked = true;
      this.connection.cork();
      process.nextTick(this.flush);
    }
    this.lastSentAt = performance.now();
    if (typeof message === 'string') this.socket.send(message);
    else
      for (const [index, part] of message.entries())
        this.socket.send(part, { binary: false, fin: index === message.length - 1 });
  }

  private readonly flush = (): void => {
    this.isCorked = false;
    this.connection.uncork();
    this.closeGateWhileFull();
  };

  private closeGateWhileFull(): void {
    const { gate } = this;
    if (!gate || gate.isClosed || !this.isFull) return;
    gate.close();
    this.connection.once('drain', () => {
      gate.open();
    });
  }
}
