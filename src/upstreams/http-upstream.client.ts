import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { firstValueFrom, map, Observable } from 'rxjs';
import { type Dispatcher, Pool } from 'undici';
import { Environment } from '../config/environment.js';
import type { TokenCounter } from '../contracts/model-profile.js';
import type { ChatModel, ChatRequest } from '../contracts/chat-completions.js';
import { mendSurrogates } from '../contracts/mend-surrogates.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ChatExchange } from './chat-exchange.js';
import type { AskedServer } from './begin-call.js';
import { inChatSpan } from './chat-span.js';
import { countRequest } from './count-request.js';
import { ForwardExchange } from './forward-exchange.js';
import { inForwardSpan } from './forward-span.js';
import { KeptConnection } from './kept-connection.js';
import { parsePythonJson } from './parse-python-json.js';
import { ReadinessProbe, type ServerCondition } from './readiness-probe.js';
import { readRetryAfter } from './read-retry-after.js';
import { type TextAnswer, TextExchange } from './text-exchange.js';
import { UpstreamKey } from './upstream-key.js';
import { UpstreamTarget } from './upstream-target.js';
import {
  type ForwardedAnswer,
  type ForwardRequest,
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
  type UpstreamOptions,
} from './upstream.client.js';
import { errorOfAnswer } from './upstream.errors.js';

const SIMULATOR_HEADERS = ['x-sim-fault', 'x-sim-fault-after'];
const COUNT_TIMEOUT_MS = 30_000;
/** What a server answers that has no such route. */
const NOT_SERVED = [404, 405, 501];
/** Nothing is gained by packing events, and not every server asks what its client can unpack. */
const UNPACKED = { 'accept-encoding': 'identity' };

const IGNORE = (): void => undefined;

type ListedModel = Pick<ChatModel, 'id'> & Partial<ChatModel>;

/** Reaches one model server over a pool of kept connections. @public */
@Injectable()
export class HttpUpstreamClient extends UpstreamClient implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly probe: ReadinessProbe;

  constructor(
    private readonly target: UpstreamTarget,
    private readonly environment: Environment,
    private readonly key: UpstreamKey,
  ) {
    super();
    this.probe = new ReadinessProbe(target);
    this.pool = new Pool(target.origin, {
      factory: (origin, options) => new KeptConnection(origin, options),
      connections: environment.UPSTREAM_MAX_CONNECTIONS || null,
      connect: { timeout: environment.UPSTREAM_CONNECT_TIMEOUT_MS },
      headersTimeout: environment.UPSTREAM_FIRST_BYTE_TIMEOUT_MS,
      bodyTimeout: environment.UPSTREAM_IDLE_TIMEOUT_MS,
      keepAliveTimeout: environment.UPSTREAM_KEEP_ALIVE_MS,
      keepAliveMaxTimeout: environment.UPSTREAM_KEEP_ALIVE_MS,
    });
  }

  override get name(): string {
    return this.target.name;
  }

  /** @param broken is told of a failure behind the headers, which otherwise only the reader of the chunks hears of */
  override open(
    request: ChatRequest,
    options: OpenOptions,
    broken: (error: GatewayError) => void = IGNORE,
  ): Observable<UpstreamAnswer> {
    return inChatSpan(options.trace, request, this.asked, (trace) =>
      this.post(request, options, broken, trace),
    );
  }

  override forward(request: ForwardRequest, options: UpstreamOptions): Observable<ForwardedAnswer> {
    return inForwardSpan(options.trace, request, this.asked, (trace) => this.pass(request, options, trace));
  }

  override countTokens(
    request: ChatRequest,
    counter: TokenCounter,
    options: UpstreamOptions,
  ): Observable<number | null> {
    const { path, headers, body, field } = countRequest(request, counter);
    return this.ask({
      method: 'POST',
      path: `${this.target.rootPath}${path}`,
      headers: {
        'content-type': 'application/json',
        ...options.trace?.headers,
        ...UNPACKED,
        ...headers,
        ...this.credentials(options),
      },
      body: mendSurrogates(JSON.stringify(body)),
      headersTimeout: COUNT_TIMEOUT_MS,
      bodyTimeout: COUNT_TIMEOUT_MS,
    }).pipe(
      map((answer) => {
        if (answer.status < 300) return readCount(answer.text, field);
        const error = this.errorOf(answer);
        if (NOT_SERVED.includes(answer.status) && error.errorName !== 'model_not_found') return null;
        throw error;
      }),
    );
  }

  override async listModels(options: UpstreamOptions = {}): Promise<ChatModel[]> {
    const answer = await this.get('/models', options);
    if (answer.status >= 300) throw this.errorOf(answer);
    try {
      const { data } = parsePythonJson(answer.text) as { data: ListedModel[] };
      return data.filter((model) => typeof model.id === 'string').map(describeModel);
    } catch (cause) {
      throw new GatewayError('upstream_protocol_error', { cause });
    }
  }

  override isReady(): Promise<boolean> {
    return this.probe.isReady(this.credentials({}));
  }

  /** What the server says of itself, for whoever has to choose among several. */
  inspect(): Promise<ServerCondition> {
    return this.probe.inspect(this.credentials({}));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.pool.destroy(), this.probe.destroy()]);
  }

  private get asked(): AskedServer {
    const { address, port, preset = this.environment.UPSTREAM_PRESET } = this.target;
    return { address, port, provider: preset };
  }

  private post(
    request: ChatRequest,
    options: OpenOptions,
    broken: (error: GatewayError) => void,
    traceHeaders: Readonly<Record<string, string>>,
  ): Observable<UpstreamAnswer> {
    return new Observable((subscriber) => {
      const exchange = new ChatExchange(subscriber, {
        upstream: this.name,
        gate: options.gate,
        maxAnswerBytes: this.environment.UPSTREAM_MAX_ANSWER_BYTES,
        totalTimeoutMs: this.environment.UPSTREAM_TOTAL_TIMEOUT_MS,
        callersCredentials: this.environment.UPSTREAM_PASS_AUTHORIZATION,
        key: this.key.current,
        broken,
      });
      exchange.send(this.pool, {
        method: 'POST',
        path: `${this.target.basePath}/chat/completions`,
        headers: this.headersOf(options, traceHeaders, { 'content-type': 'application/json' }),
        body: mendSurrogates(JSON.stringify(request)),
      });
      return () => {
        exchange.abort();
      };
    });
  }

  private pass(
    { path, headers, body }: ForwardRequest,
    options: UpstreamOptions,
    traceHeaders: Readonly<Record<string, string>>,
  ): Observable<ForwardedAnswer> {
    return new Observable((subscriber) => {
      const exchange = new ForwardExchange(subscriber, {
        upstream: this.name,
        maxErrorBytes: this.environment.UPSTREAM_MAX_ANSWER_BYTES,
        totalTimeoutMs: this.environment.UPSTREAM_TOTAL_TIMEOUT_MS,
        callersCredentials: this.environment.UPSTREAM_PASS_AUTHORIZATION,
        key: this.key.current,
      });
      exchange.send(this.pool, {
        method: 'POST',
        path: `${this.target.basePath}${path}`,
        headers: this.headersOf(options, traceHeaders, Object.assign({}, headers)),
        body,
      });
      return () => {
        exchange.abandon();
      };
    });
  }

  private get(path: string, options: UpstreamOptions): Promise<TextAnswer> {
    const answer = this.ask({
      method: 'GET',
      path: `${this.target.basePath}${path}`,
      headers: { ...UNPACKED, ...this.credentials(options) },
    });
    return firstValueFrom(answer);
  }

  /** Sends a request whose answer is read as a whole. Unsubscribing aborts it. */
  private ask(request: Dispatcher.DispatchOptions): Observable<TextAnswer> {
    return new Observable((subscriber) => {
      const exchange = new TextExchange(subscriber, this.environment.UPSTREAM_MAX_ANSWER_BYTES);
      exchange.send(this.pool, request);
      return () => {
        exchange.abort();
      };
    });
  }

  private errorOf({ status, headers, text }: TextAnswer): GatewayError {
    const callersCredentials = this.environment.UPSTREAM_PASS_AUTHORIZATION;
    const key = this.key.current;
    return errorOfAnswer(text, { status, retryAfter: readRetryAfter(headers), callersCredentials, key });
  }

  /** @param headers of the request itself, which the others are added to: no spread, whose result has a hidden class of its own then */
  private headersOf(
    options: UpstreamOptions,
    traceHeaders: Readonly<Record<string, string>>,
    headers: Record<string, string>,
  ): Record<string, string> {
    if (options.requestId !== undefined) headers['x-request-id'] = options.requestId;
    Object.assign(headers, options.trace?.headers, UNPACKED, this.credentials(options));
    if (this.target.isSimulator) Object.assign(headers, simulatorHeaders(options));
    Object.assign(headers, traceHeaders);
    return headers;
  }

  private credentials({ credentials }: UpstreamOptions): Record<string, string> {
    if (this.environment.UPSTREAM_PASS_AUTHORIZATION && credentials) return { authorization: credentials };
    const key = this.key.current;
    return key ? { authorization: `Bearer ${key}` } : {};
  }
}

/** Adds what typed clients count on, where the server does not say it. */
function describeModel(model: ListedModel): ChatModel {
  const { object, created, owned_by } = model;
  return { ...model, object: object ?? 'model', created: created ?? 0, owned_by: owned_by ?? 'unknown' };
}

/** @throws GatewayError when there is no number where one is expected */
function readCount(text: string, field: string): number {
  try {
    const count = (JSON.parse(text) as Record<string, unknown>)[field];
    if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  } catch {
    // Said below, like any other answer that is not understood.
  }
  throw new GatewayError('upstream_protocol_error', { cause: text.slice(0, 200) });
}

/** The simulator's per-request faults, so that they can be tried through the gateway. */
function simulatorHeaders({ header }: UpstreamOptions): Record<string, string> {
  const given = SIMULATOR_HEADERS.map((name) => [name, header?.(name)] as const);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
