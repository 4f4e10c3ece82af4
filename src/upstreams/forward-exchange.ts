import { Readable } from 'node:stream';
import type { Subscriber } from 'rxjs';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors/gateway-error.js';
import type { Pausable } from '../request/gate.js';
import { readRetryAfter } from './read-retry-after.js';
import { UpstreamExchange } from './upstream-exchange.js';
import type { ForwardedAnswer } from './upstream.client.js';
import { errorOfAnswer } from './upstream.errors.js';

export interface ForwardExchangeOptions {
  /** Name of the server. */
  upstream: string;
  /** Of an answer that is no success. */
  maxErrorBytes: number;
  totalTimeoutMs: number;
  callersCredentials: boolean;
  /** The gateway's own key. */
  key?: string;
}

/** Of these the first two are between two neighbours on the way, and the others about bytes that were packed. */
const OF_THE_CONNECTION = ['connection', 'transfer-encoding'];
const OF_PACKED_BYTES = ['content-encoding', 'content-length'];

/** A request whose answer is handed on as a stream of bytes. */
export class ForwardExchange extends UpstreamExchange {
  private stream: Readable | null = null;
  /** Where its bytes come from. */
  private source: Pausable | null = null;
  private isPaused = false;
  private reads: Buffer[] = [];
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly answer: Subscriber<ForwardedAnswer>,
    private readonly options: ForwardExchangeOptions,
  ) {
    super(options.maxErrorBytes);
    this.deadline = setTimeout(() => {
      this.fail(new GatewayError('upstream_timeout'));
    }, options.totalTimeoutMs);
  }

  /** Nobody waits for the answer any more. Once it has begun, whoever has its body decides. */
  abandon(): void {
    if (!this.stream) this.abort();
  }

  protected begin(controller: Dispatcher.DispatchController): void {
    if (this.isError) return;
    this.source = controller;
    const body = new Readable({
      read: () => {
        this.resume();
      },
      destroy: (error, done) => {
        this.abort();
        done(error);
      },
    });
    // A failure before anybody reads it is found there later.
    body.on('error', () => undefined);
    this.stream = body;
    const { status } = this;
    this.answer.next({ upstream: this.options.upstream, status, headers: this.headersOfBody(), body });
    this.answer.complete();
  }

  protected take(bytes: Buffer): void {
    // A server sends each event as an HTTP chunk of its own; what one read of the socket held goes on as one.
    if (!this.stream) this.collect(bytes);
    else if (this.reads.push(bytes) === 1) process.nextTick(this.passReads);
  }

  protected end(): void {
    if (this.over) return;
    if (!this.stream) {
      this.failWithStatus();
      return;
    }
    this.passReads();
    this.settle();
    this.stream.push(null);
  }

  protected report(error: GatewayError): void {
    if (this.stream) this.stream.destroy(error);
    else this.answer.error(error);
  }

  protected override lose(error: GatewayError): void {
    this.passReads();
    super.lose(error);
  }

  protected override settle(): void {
    super.settle();
    clearTimeout(this.deadline);
  }

  private readonly passReads = (): void => {
    const { reads, stream } = this;
    const [first] = reads;
    if (!first || !stream || this.over) return;
    this.reads = [];
    if (stream.push(reads.length === 1 ? first : Buffer.concat(reads))) return;
    this.isPaused = true;
    this.source?.pause();
  };

  private resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.source?.resume();
  }

  private failWithStatus(): void {
    const { status, headers } = this;
    const { callersCredentials, key } = this.options;
    const facts = { status, retryAfter: readRetryAfter(headers), callersCredentials, key, isForwarded: true };
    this.fail(errorOfAnswer(this.takeBody().toString('utf8'), facts));
  }

  private headersOfBody(): ForwardedAnswer['headers'] {
    const without = this.isUnpacked ? [...OF_THE_CONNECTION, ...OF_PACKED_BYTES] : OF_THE_CONNECTION;
    const entries = Object.entries(this.headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !without.includes(entry[0]),
    );
    return Object.fromEntries(entries);
  }
}
