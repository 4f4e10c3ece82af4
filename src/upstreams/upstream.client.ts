import type { Readable } from 'node:stream';
import { type Observable, of, throwError } from 'rxjs';
import type { ChatCompletion, ChatModel, ChatRequest } from '../contracts/chat-completions.js';
import type { TokenCounter } from '../contracts/model-profile.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Gate } from '../request/gate.js';
import type { Trace } from '../request/trace.js';

/** What goes with a request to a model server besides its body. @public */
export interface UpstreamOptions {
  /** Sent along as `x-request-id`, to find the request again in the server's log. */
  requestId?: string;
  /** The caller's own `Authorization` header, for a client that hands it on. */
  credentials?: string;
  /** The headers of the caller's request, by name in lower case, for a client that heeds some. */
  header?: (name: string) => string | undefined;
  /** Names of the model servers that may answer; absent: all. */
  upstreams?: readonly string[];
  /** Where the request to the server is a step of; its `headers` are to be sent along. */
  trace?: Trace;
}

/** What goes with a request for an answer. @public */
export interface OpenOptions extends UpstreamOptions {
  /**
   * Aborted when the answer is over, for clients that cannot hear of being unsubscribed. It is made when it is first read,
   * since few need it: hand it on, but do not copy these options with a spread.
   */
  readonly signal: AbortSignal;
  /** Attach what is to be paused while the reader of the answer is slow. */
  gate: Gate;
  /**
   * Requests with the same key are best answered by the same server, which has their beginning in its cache. Absent once the model has
   * begun to answer and nothing more is asked.
   */
  affinityKey?: string | undefined;
}

/** A request that goes to a model server as it is. @public */
export interface ForwardRequest {
  /** Behind `/v1`: `/chat/completions`. */
  path: string;
  /** Name of the model, as the server knows it: the body says the same. */
  model: string;
  headers: Readonly<Record<string, string>>;
  /** JSON. */
  body: Buffer;
}

/** The answer of a server that has accepted it. @public */
export interface ForwardedAnswer {
  /** Name of the server that answers, for the log. */
  upstream: string;
  /** 2xx. */
  status: number;
  /** All of the server's, those that do not apply to the body as it is here excepted. */
  headers: Readonly<Record<string, string | string[]>>;
  /** To be read to its end, or destroyed. It errors with a GatewayError when the server breaks off. */
  body: Readable;
}

/** A request that a model server has accepted. @public */
export interface UpstreamAnswer {
  /** Name of the server that answers, for the log. */
  upstream: string;
  /** To be subscribed to at once. A non-streamed answer is one chunk. */
  chunks: Observable<ChatCompletion>;
}

/**
 * Extension point: how model servers are reached. Provide it in an extension module to replace the default.
 *
 * @public
 * @example
 * override open({ model }: ChatRequest): Observable<UpstreamAnswer> {
 *   const text = { choices: [{ index: 0, delta: { content: `I am ${model}.` }, finish_reason: 'stop' }] };
 *   return of({ upstream: this.name, chunks: of(text) });
 * }
 */
export abstract class UpstreamClient {
  /** Name for logs and the start banner; holds no credentials. */
  abstract readonly name: string;

  /**
   * Posts a chat request. Emits once, when a server has accepted it (2xx headers). Unsubscribing aborts the request.
   *
   * Both Observables error with a GatewayError: the outer one when nothing was answered, `chunks` in mid-answer, also where
   * the server has said so within the answer.
   */
  abstract open(request: ChatRequest, options: OpenOptions): Observable<UpstreamAnswer>;

  /**
   * Tokens of a chat by the server's own tokenizer, asked in the way `counter` names. Emits once: the number, or null where the
   * server turns out not to lend its tokenizer. Unsubscribing aborts the request.
   */
  countTokens(
    _request: ChatRequest,
    _counter: TokenCounter,
    _options: UpstreamOptions,
  ): Observable<number | null> {
    return of(null);
  }

  /**
   * Posts a request that is not looked into. Emits once, when a server has accepted it (2xx headers). Unsubscribing before aborts it;
   * later on, destroying the body does. Errors with a GatewayError when nothing was answered, or something else.
   */
  forward(
    _request: ForwardRequest,
    _options: Omit<OpenOptions, 'gate' | 'signal'>,
  ): Observable<ForwardedAnswer> {
    return throwError(() => new GatewayError('not_found'));
  }

  /** @throws GatewayError when the list cannot be had */
  abstract listModels(options?: UpstreamOptions): Promise<ChatModel[]>;

  /** Whether a model server answers. */
  abstract isReady(): Promise<boolean>;
}
