import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors/gateway-error.js';
import type { KeptConnection, TakenRequest } from './kept-connection.js';
import { openUnpacker, type Unpacker } from './open-unpacker.js';
import { errorOfConnection } from './upstream.errors.js';

export type AnswerHeaders = Record<string, string | string[] | undefined>;
type Controller = Dispatcher.DispatchController;

/** Why a socket dies that the other side has closed. */
const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);
/** Of an answer that says what went wrong, more is not read. */
const MAX_ERROR_BYTES = 65_536;

/**
 * One request to a model server and its answer, as undici's dispatch handler: bytes go from the socket's read to the reader without a
 * stream, promise or timer in between.
 *
 * A request that fails on a kept connection before a byte of the answer came is sent once more, on a fresh one.
 */
export abstract class UpstreamExchange implements Dispatcher.DispatchHandler {
  protected status = 0;
  protected headers: AnswerHeaders = {};
  /** Nothing more is wanted of the server, or nothing more will come. */
  protected over = false;
  /** The server has closed its answer. */
  protected ended = false;
  protected bodyBytes = 0;
  private body: Buffer[] = [];
  private controller: Controller | null = null;
  private unpacker: Unpacker | null = null;
  private connection: KeptConnection | null = null;
  /** Until the answer begins. */
  private request: TakenRequest | null = null;
  private isSent = false;
  private isReused = false;

  constructor(private readonly maxBodyBytes: number) {}

  send(pool: Dispatcher, request: Dispatcher.DispatchOptions): void {
    const takenBy = (connection: KeptConnection): void => {
      this.connection = connection;
    };
    const { method, path, headers, body, headersTimeout, bodyTimeout } = request;
    this.request = { method, path, headers, body, headersTimeout, bodyTimeout, takenBy };
    pool.dispatch(this.request, this);
  }

  /** Closes the connection unless the answer is already whole. */
  abort(): void {
    if (this.over) return;
    this.settle();
    this.close(new Error('The request was cancelled.'));
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    this.isSent = true;
    this.isReused = this.connection?.beginRequest() ?? false;
    if (this.over) this.close(new Error('The request was cancelled.'));
  }

  onResponseStart(controller: Controller, status: number, headers: AnswerHeaders): void {
    if (this.over || status < 200) return;
    this.status = status;
    this.headers = headers;
    this.request = null;
    // The controller lives as long as the answer, and with these the whole read that they came in.
    controller.rawHeaders = null;
    this.unpacker = openUnpacker(String(headers['content-encoding'] ?? ''), {
      next: (bytes) => {
        if (!this.over) this.take(bytes);
      },
      end: () => {
        this.end();
      },
      error: (cause) => {
        this.fail(new GatewayError('upstream_protocol_error', { cause }));
      },
    });
    this.begin(controller);
  }

  onResponseData(_controller: Controller, bytes: Buffer): void {
    if (this.over) return;
    if (this.unpacker) this.unpacker.write(bytes);
    else this.take(bytes);
  }

  onResponseEnd(): void {
    this.ended = true;
    if (this.unpacker && !this.over) this.unpacker.end();
    else this.end();
  }

  onResponseError(_controller: Controller, error: NodeJS.ErrnoException): void {
    if (this.over) {
      this.end();
      return;
    }
    const { connection, request } = this;
    const hasAnswered = this.isSent && connection?.hasAnswered === true;
    if (connection && request && !hasAnswered && this.isReused && CONNECTION_LOST.has(error.code ?? '')) {
      this.isSent = false;
      this.isReused = false;
      // At once: a moment later the connection may have begun another request, to be waited for.
      connection.dispatch(request, this);
      return;
    }
    this.lose(errorOfConnection(error, hasAnswered));
  }

  /** The headers have come. */
  protected abstract begin(controller: Controller): void;

  /** Takes bytes of the answer; not called any more once it is over. */
  protected abstract take(bytes: Buffer): void;

  /** The answer has come to its end, perhaps long after it was over. */
  protected abstract end(): void;

  /** Hands the failure to whoever waits for the answer. */
  protected abstract report(error: GatewayError): void;

  /** The connection was lost, or never had. */
  protected lose(error: GatewayError): void {
    this.fail(error);
  }

  protected fail(error: GatewayError): void {
    if (this.over) return;
    this.settle();
    this.close(error);
    this.report(error);
  }

  protected close(reason: Error): void {
    this.controller?.abort(reason);
  }

  protected settle(): void {
    this.over = true;
    this.unpacker?.destroy();
  }

  /** Whether the bytes that are taken are not those that the server has sent. */
  protected get isUnpacked(): boolean {
    return this.unpacker !== null;
  }

  protected get isError(): boolean {
    return this.status >= 300;
  }

  /** Gathers bytes of a body that is read as a whole. */
  protected collect(bytes: Buffer): void {
    this.bodyBytes += bytes.length;
    this.body.push(bytes);
    if (this.bodyBytes <= (this.isError ? Math.min(MAX_ERROR_BYTES, this.maxBodyBytes) : this.maxBodyBytes))
      return;
    if (this.isError) {
      this.end();
      this.close(new Error('The error body is too long.'));
    } else this.fail(new GatewayError('upstream_protocol_error', { cause: 'The response is too large.' }));
  }

  /** What was collected, which is then no longer held. */
  protected takeBody(): Buffer {
    const body = Buffer.concat(this.body);
    this.body = [];
    return body;
  }
}
