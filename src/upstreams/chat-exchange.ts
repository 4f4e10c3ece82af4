import { Observable, of, type Subscriber } from 'rxjs';
import type { Dispatcher } from 'undici';
import type { Gate } from '../request/gate.js';
import { type ChatCompletion, choiceOf, finishReasonOf, STREAM_END } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ChunkParser } from './chunk-parser.js';
import { parsePythonJson } from './parse-python-json.js';
import { isChunk, isError } from './read-event.js';
import { readRetryAfter } from './read-retry-after.js';
import { SseDecoder } from './sse-decoder.js';
import { UpstreamExchange } from './upstream-exchange.js';
import type { UpstreamAnswer } from './upstream.client.js';
import { errorInAnswer, errorOfAnswer } from './upstream.errors.js';

export interface ChatExchangeOptions {
  /** Name of the server. */
  upstream: string;
  gate: Gate;
  maxAnswerBytes: number;
  totalTimeoutMs: number;
  callersCredentials: boolean;
  /** The gateway's own key. */
  key?: string;
  /** Told of a failure behind the headers. */
  broken: (error: GatewayError) => void;
}

/** How long a server may take to close an answer that is whole. */
const LINGER_MS = 1_000;
/** How long usage and [DONE] are waited for behind the finish reason. */
const AFTER_FINISH_MS = 2_000;
/** Events, whatever the content type says. */
const LOOKS_LIKE_EVENTS = /^(?:\xEF\xBB\xBF)?\s*(?:data|event|id|retry)?:/;
const LOOKED_AT = 16;

/** A chat request and its answer: chunks, or one completion. */
export class ChatExchange extends UpstreamExchange {
  private chunks: Subscriber<ChatCompletion> | null = null;
  private decoder: SseDecoder | null = null;
  private readonly parser = new ChunkParser();
  private reads: Buffer[] = [];
  private wasLookedAt = false;
  /** What is read now has no end of its own: the answer may break off there. */
  private isLast = false;
  private afterFinish: NodeJS.Timeout | undefined;
  private linger: NodeJS.Timeout | undefined;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly answer: Subscriber<UpstreamAnswer>,
    private readonly options: ChatExchangeOptions,
  ) {
    super(options.maxAnswerBytes);
    this.deadline = setTimeout(() => {
      this.fail(new GatewayError('upstream_timeout'));
    }, options.totalTimeoutMs);
  }

  protected begin(controller: Dispatcher.DispatchController): void {
    this.options.gate.attach(controller);
    const type = String(this.headers['content-type'] ?? '').toLowerCase();
    if (!this.isError && type.includes('text/event-stream')) this.beginStream();
  }

  protected take(bytes: Buffer): void {
    if (this.decoder) {
      this.gather(bytes);
      return;
    }
    this.collect(bytes);
    if (!this.wasLookedAt && this.bodyBytes >= LOOKED_AT && !this.isError) this.lookAtBody();
  }

  protected end(): void {
    clearTimeout(this.linger);
    this.decodeReads();
    if (this.over) return;
    if (this.decoder) this.endStream(this.decoder);
    else this.endBody();
  }

  protected override lose(error: GatewayError): void {
    this.decodeReads();
    super.lose(error);
  }

  protected report(error: GatewayError): void {
    if (!this.chunks) {
      this.answer.error(error);
      return;
    }
    this.options.broken(error);
    this.chunks.error(error);
    // The reader of the chunks may turn the failure into a last event: then only this ends the answer.
    this.completeAnswer();
  }

  protected override settle(): void {
    super.settle();
    clearTimeout(this.deadline);
    clearTimeout(this.afterFinish);
    this.options.gate.detach();
  }

  /** Some servers call everything JSON. */
  private lookAtBody(): void {
    this.wasLookedAt = true;
    const body = this.takeBody();
    if (LOOKS_LIKE_EVENTS.test(body.toString('latin1', 0, LOOKED_AT))) this.beginStream();
    this.bodyBytes = 0;
    this.take(body);
  }

  private beginStream(): void {
    this.decoder = new SseDecoder(
      (data, event) => {
        this.readData(data, event);
      },
      this.options.maxAnswerBytes,
      (lines, start) => this.parser.readEvents(lines, start, this.readChunk),
    );
    this.accept(
      new Observable<ChatCompletion>((chunks) => {
        this.chunks = chunks;
      }),
    );
  }

  private accept(chunks: Observable<ChatCompletion>): void {
    this.answer.next({ upstream: this.options.upstream, chunks });
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
    try {
      this.decoder?.pushBytes(reads.length === 1 ? first : Buffer.concat(reads));
    } catch (cause) {
      this.fail(new GatewayError('upstream_protocol_error', { cause }));
    }
  };

  private readData(data: string, event: string | null): void {
    if (this.over) return;
    if (data === '[DONE]') {
      this.endByServer();
      return;
    }
    let chunk: unknown;
    try {
      chunk = this.parser.parse(data);
    } catch (cause) {
      this.readText(data.trim(), event, cause);
      return;
    }
    if (isChunk(chunk)) this.readChunk(chunk);
    else if (isError(chunk, event)) this.fail(errorInAnswer(chunk, this.options.key));
  }

  /** Data that is no JSON. */
  private readText(data: string, event: string | null, cause: unknown): void {
    if (data === '[DONE]') this.endByServer();
    else if (event === 'error') this.fail(errorInAnswer({ error: data }, this.options.key));
    else if (data !== '' && !isOtherEvent(event))
      this.fail(new GatewayError(this.isLast ? 'upstream_incomplete' : 'upstream_protocol_error', { cause }));
  }

  private readonly readChunk = (chunk: ChatCompletion): void => {
    if (this.over) return;
    if (this.parser.gathered > this.options.maxAnswerBytes) {
      this.fail(new GatewayError('upstream_protocol_error', { cause: 'The response is too large.' }));
      return;
    }
    this.chunks?.next(chunk);
    const choice = choiceOf(chunk);
    if (choice && !this.afterFinish && finishReasonOf(choice)) this.expectDone();
  };

  /** The answer is whole with its finish reason. A client that takes nothing holds up what is behind it. */
  private readonly expectDone = (): void => {
    if (this.over) return;
    this.afterFinish = setTimeout(() => {
      if (this.options.gate.isClosed) this.expectDone();
      else this.complete();
    }, AFTER_FINISH_MS);
  };

  private endStream(decoder: SseDecoder): void {
    this.isLast = true;
    try {
      decoder.end();
    } catch (cause) {
      this.fail(new GatewayError('upstream_protocol_error', { cause }));
    }
    if (!this.over) this.complete();
  }

  private endBody(): void {
    const { status, headers, options } = this;
    const text = this.takeBody().toString('utf8');
    if (this.isError) {
      const { callersCredentials, key } = options;
      this.fail(
        errorOfAnswer(text, { status, retryAfter: readRetryAfter(headers), callersCredentials, key }),
      );
      return;
    }
    let completion: unknown;
    try {
      completion = parsePythonJson(text);
    } catch (cause) {
      this.fail(new GatewayError('upstream_protocol_error', { cause }));
      return;
    }
    if (!isChunk(completion)) {
      this.fail(errorInAnswer(completion, options.key));
      return;
    }
    this.settle();
    this.accept(of(completion));
    this.completeAnswer();
  }

  /** A stream that its server has ended is whole, even without a finish reason. */
  private endByServer(): void {
    this.chunks?.next(STREAM_END);
    this.complete();
  }

  private complete(): void {
    this.settle();
    if (!this.ended) this.expectEnd();
    this.chunks?.complete();
    this.completeAnswer();
  }

  /** Whoever has read the last chunk has mostly let go by now: RxJS would report an end that nobody hears, in a timer of its own. */
  private completeAnswer(): void {
    if (!this.answer.closed) this.answer.complete();
  }

  /** A server that says [DONE] and keeps its answer open must not keep the connection from others. */
  private expectEnd(): void {
    this.linger = setTimeout(() => {
      this.close(new Error('The response was not terminated.'));
    }, LINGER_MS);
  }
}

/** An event that a reader of chunks does not know, such as a ping. */
function isOtherEvent(event: string | null): boolean {
  return event !== null && event !== '' && event !== 'message';
}
