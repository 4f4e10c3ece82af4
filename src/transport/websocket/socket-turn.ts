import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Environment } from '../../config/environment.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { toGatewayError } from '../../errors/gateway-error.js';
import { contextOfRequest } from '../../request/current-request.decorator.js';
import type { ConnectionMemory, KeptConversation } from '../../request/connection-memory.js';
import type { RequestContext } from '../../request/request-context.js';
import type { AnswerSource } from '../../responses/run/answer-source.js';
import { type AttachedClient, attachClient, type TransportClient } from '../http/attached-client.js';
import { EventFramer } from '../http/event-framer.js';
import type { MessageClasses } from '../http/flat-express.adapter.js';
import { errorFrameOf } from './error-frame.js';
import type { Frame } from './frame-inbox.js';
import type { FrameSender } from './frame-sender.js';
import { readFrame } from './read-frame.js';
import { TurnExchange } from './turn-exchange.js';

/** Of the whole conversation, and of one frame. */
export type TurnLimits = Pick<Environment, 'BODY_LIMIT_BYTES' | 'BODY_LIMIT_VALUES'>;

/** Sends a request through the router of the application. */
export type Dispatch = (request: IncomingMessage, response: ServerResponse) => void;

/** One turn of a connection: a POST whose events, or whose error, go to the client as frames. */
export class SocketTurn implements AttachedClient, TransportClient {
  private readonly exchange: TurnExchange;
  private framer = new EventFramer();
  private readonly memory: ConnectionMemory;
  private previousId: string | undefined;
  /** What is wrong with the frame; the client is told of it behind the guards, as of a wrong body. */
  private fault: unknown = null;
  private runningId: string | null = null;
  private refusal: (error: unknown) => void = () => undefined;
  /** That of the terminal event. */
  private result: ResponseObject | null = null;

  /** @param kept what the connection keeps of the response before */
  constructor(
    frame: Frame,
    upgrade: IncomingMessage,
    kept: KeptConversation | null,
    private readonly sender: FrameSender,
    limits: TurnLimits,
    classes: MessageClasses,
  ) {
    this.memory = { kept, maxSize: limits.BODY_LIMIT_BYTES, joined: null };
    let body: unknown;
    try {
      body = this.read(frame, limits.BODY_LIMIT_VALUES);
    } catch (error) {
      this.fault = error;
    }
    this.exchange = new TurnExchange(upgrade, body, classes, () => sender.drained());
    attachClient(this.exchange.request, this);
  }

  /** Of the response that is running; null until the client knows it. */
  get responseId(): string | null {
    return this.runningId;
  }

  get hasBegun(): boolean {
    return this.runningId !== null;
  }

  /**
   * Resolves when the turn is over.
   *
   * @returns what is to be kept: the newest response can be continued; one whose continuation has failed cannot
   */
  async run(dispatch: Dispatch): Promise<KeptConversation | null> {
    const { request, response } = this.exchange;
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    response.once('close', this.settle);
    dispatch(request, response);
    await closed;
    const { result } = this;
    const { joined, kept } = this.memory;
    if (joined && result && result.status !== 'failed') return remember(joined, result);
    return this.previousId === kept?.id ? null : kept;
  }

  /** The client is gone. */
  abort(): void {
    this.exchange.abort();
  }

  prepare(context: RequestContext): void {
    if (this.fault) throw toGatewayError(this.fault);
    context.connection = this.memory;
  }

  open({ gate, obfuscate }: AnswerSource, refuse: (error: unknown) => void): this {
    this.framer = new EventFramer(obfuscate);
    this.refusal = refuse;
    this.sender.hold(gate);
    return this;
  }

  next(event: ResponseEvent): void {
    this.sender.send(this.framer.format(event));
    if (event.type === 'response.created') this.runningId = event.response.id;
  }

  end(response: ResponseObject | null): void {
    this.result = response;
    // The client may take long for what was sent: nothing else of the answer is kept for it.
    this.framer.forget();
    this.exchange.response.end();
  }

  refuse(error: unknown): void {
    this.refusal(error);
  }

  dispose(): void {
    this.sender.hold(null);
  }

  /** Runs before the line of the log is written: that listener is added by the middleware. */
  private readonly settle = (): void => {
    const { request, response, body } = this.exchange;
    contextOfRequest(request).report.transport = 'websocket';
    if (!this.result) this.sender.send(errorFrameOf(response, body));
  };

  /** @returns the body of the POST that this turn is */
  private read(frame: Frame, maxValues: number): unknown {
    const { body, generate } = readFrame(frame, maxValues);
    const { previous_response_id: previousId, prompt_cache_options: options } = body;
    if (typeof previousId === 'string' && previousId !== '') this.previousId = previousId;
    if (!generate) body.prompt_cache_options = { ...(options as object | null), prewarm: true };
    return body;
  }
}

/** What there is to keep once a turn was answered. */
function remember(
  { items, size }: NonNullable<ConnectionMemory['joined']>,
  { id, output, store }: ResponseObject,
): KeptConversation {
  return {
    id,
    items: [...items, ...output],
    size: size + JSON.stringify(output).length,
    isStored: store,
  };
}
