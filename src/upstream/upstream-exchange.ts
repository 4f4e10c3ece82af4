import { Observable, of, type Subscriber } from 'rxjs';
import type { Dispatcher } from 'undici';
import type { Gate } from '../call/gate.js';
import { type ChatCompletion, STREAM_END } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ChunkParser } from './chunk-parser.js';
import { parsePythonJson } from './parse-python-json.js';
import { SseDecoder } from './sse-decoder.js';
import { errorInAnswer, errorOfAnswer, errorOfConnection } from './upstream.errors.js';

export interface ExchangeOptions {
  gate: Gate;
  maxAnswerBytes: number;
  totalTimeoutMs: number;
  callersCredentials: boolean;
  /** The gateway's own key. */
  key?: string;
}

/** How long a server may take to close an answer that is whole. */
const LINGER_MS = 1_000;

type Headers = Record<string, string | string[] | undefined>;

/**
 * One request to a model server, as undici's dispatch handler: bytes go from the socket's read to the chunks without a
 * stream, promise or timer in between.
 */
export class UpstreamExchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private chunks: Subscriber<ChatCompletion> | null = null;
  private decoder: SseDecoder | null = null;
  private readonly parser = new ChunkParser();
  private reads: Buffer[] = [];
  private body: Buffer[] = [];
  private bodyBytes = 0;
  private status = 0;
  private headers: Headers = {};
  /** Nothing more is wanted of the server, or nothing more will come. */
  private over = false;
  /** The server has closed its answer. */
  private ended = false;
  private linger: NodeJS.Timeout | undefined;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly answer: Subscriber<Observable<ChatCompletion>>,
    private readonly options: ExchangeOptions,
  ) {
    this.deadline = setTimeout(() => {
      this.fail(new GatewayError('upstream_timeout'));
    }, options.totalTimeoutMs);
  }

  /** Closes the connection unless the answer is already whole. */
  abort(): void {
    const wasOver = this.over;
    this.settle();
    if (!wasOver) this.controller?.abort(new Error('The answer is no longer wanted.'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('The answer is no longer wanted.'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.over || status < 200) return;
    this.status = status;
    this.headers = headers;
    this.options.gate.attach(controller);
    if (status < 300 && contentType(headers).includes('text/event-stream')) this.beginStream();
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.over) return;
    if (this.decoder) this.gather(bytes);
    else this.collect(bytes);
  }

  onResponseEnd(): void {
    this.ended = true;
    clearTimeout(this.linger);
    this.decodeReads();
    if (this.over) return;
    if (this.decoder) this.endStream();
    else this.endBody();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.linger);
    this.decodeReads();
    if (!this.over) this.fail(errorOfConnection(error, this.status !== 0));
  }

  private beginStream(): void {
    this.decoder = new SseDecoder((data) => {
      this.readData(data);
    }, this.options.maxAnswerBytes);
    this.answer.next(
      new Observable<ChatCompletion>((chunks) => {
        this.chunks = chunks;
      }),
    );
  }

  /** A server sends each event as an HTTP chunk of its own; what one read of the socket held is decoded at once. */
  private gather(bytes: Buffer): void {
    if (this.reads.push(bytes) === 1) process.nextTick(this.decodeReads);
  }

  private readonly decodeReads = (): void => {
    const { reads } = this;
    const [first] = reads;
    if (!first || this.over) return;
    this.reads = [];
    this.decode(reads.length === 1 ? first : Buffer.concat(reads));
  };

  private decode(bytes: Buffer): void {
    try {
      this.decoder?.push(bytes);
    } catch (error) {
      this.fail(new GatewayError('upstream_protocol_error', { cause: error }));
    }
  }

  private readData(data: string): void {
    if (this.over) return;
    if (data === '[DONE]') {
      this.chunks?.next(STREAM_END);
      this.complete();
      return;
    }
    let chunk: ChatCompletion;
    try {
      chunk = this.parser.parse(data) as ChatCompletion;
    } catch (cause) {
      this.fail(new GatewayError('upstream_protocol_error', { cause }));
      return;
    }
    if (isCompletion(chunk)) this.chunks?.next(chunk);
    else this.fail(errorInAnswer(chunk, this.options.key));
  }

  private endStream(): void {
    this.decoder?.end();
    if (!this.over) this.complete();
  }

  private collect(bytes: Buffer): void {
    this.bodyBytes += bytes.length;
    if (this.bodyBytes > this.options.maxAnswerBytes) {
      this.fail(new GatewayError('upstream_protocol_error', { cause: 'The answer is too large.' }));
      return;
    }
    this.body.push(bytes);
  }

  private endBody(): void {
    const text = Buffer.concat(this.body).toString('utf8');
    if (this.status >= 300) {
      this.fail(
        errorOfAnswer(text, {
          status: this.status,
          retryAfter: readRetryAfter(this.headers),
          callersCredentials: this.options.callersCredentials,
          key: this.options.key,
        }),
      );
      return;
    }
    let completion: ChatCompletion;
    try {
      completion = parsePythonJson(text) as ChatCompletion;
    } catch (cause) {
      this.fail(new GatewayError('upstream_protocol_error', { cause }));
      return;
    }
    if (!isCompletion(completion)) {
      this.fail(errorInAnswer(completion, this.options.key));
      return;
    }
    this.settle();
    this.answer.next(of(completion));
    this.answer.complete();
  }

  private complete(): void {
    this.settle();
    if (!this.ended) this.expectEnd();
    this.chunks?.complete();
    this.answer.complete();
  }

  private fail(error: GatewayError): void {
    if (this.over) return;
    this.settle();
    this.controller?.abort(error);
    if (!this.chunks) {
      this.answer.error(error);
      return;
    }
    this.chunks.error(error);
    // The reader of the chunks may turn the failure into a last event: then only this ends the answer.
    this.answer.complete();
  }

  /** A server that says [DONE] and keeps its answer open must not keep the connection from others. */
  private expectEnd(): void {
    this.linger = setTimeout(
      () => this.controller?.abort(new Error('The answer was not closed.')),
      LINGER_MS,
    );
  }

  private settle(): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.options.gate.detach();
  }
}

function isCompletion(value: unknown): value is ChatCompletion {
  return (
    typeof value === 'object' && value !== null && ('choices' in value || 'usage' in value || hasError(value))
  );
}

function hasError(value: object): boolean {
  return 'error' in value && !('object' in value && value.object === 'error');
}

function contentType(headers: Headers): string {
  return String(headers['content-type'] ?? '').toLowerCase();
}

function readRetryAfter(headers: Headers): number | undefined {
  const seconds = Number(headers['retry-after'] || NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : undefined;
}
