import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Environment } from '../../config/environment.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { IdGenerator } from '../../ids/id-generator.js';
import { contextOfRequest } from '../../request/current-request.decorator.js';
import type { KeptConversation } from '../../request/connection-memory.js';
import type { MessageClasses } from '../http/flat-express.adapter.js';
import { isCodex } from '../http/stream-answer.js';
import { errorFrame } from './error-frame.js';
import { type Frame, FrameInbox } from './frame-inbox.js';
import { FrameSender } from './frame-sender.js';
import { type Dispatch, SocketTurn } from './socket-turn.js';
import { readSteer, steerFailed } from './steer.js';

const KEEP_ALIVE = '{"type":"keepalive"}';
const GOING_AWAY = 1001;
const TOO_LARGE = 1009;
/** What may wait for the running turn, in all. */
const INBOX_BYTES = 4_194_304;
/** A read of the socket: so much of what has arrived may belong to frames that are already taken. */
const READ_BYTES = 65_536;
/** Bytes of error frames and pongs that a client may leave unread. */
const MAX_UNREAD_BYTES = 262_144;
const PONG_BYTES = 127;

export interface ConnectionTools {
  environment: Environment;
  ids: IdGenerator;
  /** Sends a turn through the router. */
  dispatch: Dispatch;
  /** Of its requests and responses. */
  classes: MessageClasses;
}

/** Why a connection is to be closed. */
interface Retirement {
  reason: string;
  /** Told to the client before. */
  error?: GatewayError;
}

/**
 * One WebSocket: takes the client's frames, answers them one after the other in the order they came, and keeps what it
 * takes to continue the newest response.
 */
export class SocketConnection {
  readonly closed: Promise<void>;
  private readonly inbox: FrameInbox;
  private readonly sender: FrameSender;
  private readonly age: NodeJS.Timeout;
  private turn: SocketTurn | null = null;
  private conversation: KeptConversation | null = null;
  private retirement: Retirement | null = null;
  private isWorking = false;
  private steers = 0;
  /** Bytes that came since the last whole frame. */
  private arriving = 0;
  /** Bytes of refusals and pongs sent while the client was not reading. */
  private unread = 0;
  private isAlive = true;

  constructor(
    private readonly socket: WebSocket,
    private readonly upgrade: IncomingMessage,
    private readonly connection: Duplex,
    private readonly tools: ConnectionTools,
  ) {
    const { BODY_LIMIT_BYTES, WEBSOCKET_MAX_AGE_MS } = tools.environment;
    this.inbox = new FrameInbox(Math.min(INBOX_BYTES, BODY_LIMIT_BYTES));
    this.sender = new FrameSender(socket, connection);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.age = setTimeout(this.expire, WEBSOCKET_MAX_AGE_MS);
    socket.on('message', this.take);
    socket.on('pong', this.noteLife);
    socket.on('ping', () => {
      this.countUnread(PONG_BYTES);
    });
    connection.on('data', this.measure);
    socket.once('close', this.cleanUp);
    // A protocol error: ws closes the connection with the close code.
    socket.on('error', () => undefined);
  }

  /** Terminates the connection when the last ping was not answered, else sends the next one. */
  beat(): void {
    if (!this.isAlive) {
      this.terminate();
      return;
    }
    this.isAlive = false;
    this.socket.ping();
  }

  /** Closes the connection as soon as no turn is running. */
  retire(retirement: Retirement): void {
    this.retirement ??= retirement;
    if (!this.isWorking) this.leave(this.retirement);
  }

  terminate(): void {
    this.socket.terminate();
  }

  private readonly noteLife = (): void => {
    this.isAlive = true;
  };

  private readonly expire = (): void => {
    this.retire({
      reason: 'connection age limit reached',
      error: new GatewayError('websocket_connection_limit_reached'),
    });
  };

  private readonly take = (data: RawData, isBinary: boolean): void => {
    this.noteLife();
    this.arriving = 0;
    if (this.retirement) return;
    const frame = { data: data as Buffer, isBinary };
    const steer = readSteer(frame, this.tools.environment.BODY_LIMIT_VALUES);
    if (steer) {
      const known = { running: this.turn?.responseId ?? null, finished: this.conversation?.id };
      this.reply(steerFailed(steer, known, this.steers++));
    } else if (!this.isWorking || this.inbox.add(frame)) {
      if (!this.isWorking) {
        this.work(frame).catch(() => {
          this.terminate();
        });
      }
    } else {
      this.sendError(
        new GatewayError('rate_limit_exceeded', {
          message: 'Too many frames are waiting on this connection.',
        }),
      );
    }
  };

  /** What can neither run nor wait is not taken in first, only to be refused then. */
  private readonly measure = (bytes: Buffer): void => {
    this.arriving += bytes.length;
    if (!this.isWorking || this.arriving <= this.inbox.room + READ_BYTES) return;
    this.socket.close(TOO_LARGE, 'too many bytes queued');
    this.connection.pause();
  };

  /** Terminates a client that keeps sending without reading the replies. */
  private countUnread(bytes: number): void {
    this.unread = this.sender.isFull ? this.unread + bytes : 0;
    if (this.unread > MAX_UNREAD_BYTES) this.terminate();
  }

  private async work(first: Frame): Promise<void> {
    this.isWorking = true;
    for (let frame: Frame | undefined = first; frame && !this.retirement; frame = this.inbox.shift()) {
      await this.answer(frame);
    }
    this.isWorking = false;
    if (this.retirement) this.leave(this.retirement);
  }

  private async answer(frame: Frame): Promise<void> {
    const { environment, dispatch, classes } = this.tools;
    const turn = new SocketTurn(frame, this.upgrade, this.conversation, this.sender, environment, classes);
    const keepAlive = this.startKeepAlive();
    this.turn = turn;
    try {
      this.conversation = await turn.run(dispatch);
    } finally {
      clearInterval(keepAlive);
      this.turn = null;
    }
    await this.sender.drained();
  }

  /** Codex only counts data towards its idle timeout; pings are enough for other clients. */
  private startKeepAlive(): NodeJS.Timeout | undefined {
    const { KEEP_ALIVE_INTERVAL_MS: interval } = this.tools.environment;
    if (interval === 0 || !isCodex(contextOfRequest(this.upgrade))) return undefined;
    return setInterval(() => {
      const isSilent = performance.now() - this.sender.sentAt >= interval / 2;
      if (isSilent && !this.sender.isFull) this.sender.send(KEEP_ALIVE);
    }, interval);
  }

  private leave({ reason, error }: Retirement): void {
    if (error) this.sendError(error);
    this.socket.close(GOING_AWAY, reason);
  }

  private sendError(error: GatewayError): void {
    this.reply(errorFrame(error, this.tools.ids.next('req')));
  }

  /** Sends an event that belongs to no turn. */
  private reply(text: string): void {
    this.sender.send(text);
    this.countUnread(text.length);
  }

  private readonly cleanUp = (): void => {
    clearTimeout(this.age);
    this.inbox.clear();
    this.turn?.abort();
  };
}
