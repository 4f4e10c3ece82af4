import { type Observable, of } from 'rxjs';
import type { RequestContext } from '../request/request-context.js';
import type { TokenCounter } from '../contracts/model-profile.js';
import type { ChatCompletion, ChatModel, ChatRequest } from '../contracts/chat-completions.js';
import type { GatewayError } from '../errors/gateway-error.js';

/** Extension point: how model servers are reached. Provide it in an extension module to replace the default. */
export abstract class UpstreamClient {
  /** Name for logs and the start banner; holds no credentials. */
  abstract readonly name: string;

  /**
   * Posts a chat request. The outer Observable emits once, when the server has accepted the request (2xx headers): the
   * chunks of the answer, to be subscribed to at once. A non-streamed answer is one chunk. Unsubscribing aborts the request.
   *
   * Errors of either are GatewayErrors: of the outer one when nothing was answered, of the inner one in mid-answer.
   */
  abstract open(request: ChatRequest, context: RequestContext): Observable<Observable<ChatCompletion>>;

  /**
   * Tokens of a chat by the server's own tokenizer, asked in the way `counter` names. Emits once: the number, or null where the
   * server turns out not to lend its tokenizer. Unsubscribing aborts the request.
   */
  countTokens(
    _request: ChatRequest,
    _counter: TokenCounter,
    _call: RequestContext,
  ): Observable<number | null> {
    return of(null);
  }

  /** @throws GatewayError when the list cannot be had */
  abstract listModels(context?: RequestContext): Promise<ChatModel[]>;

  /** Whether a model server answers. */
  abstract isReady(): Promise<boolean>;

  /** Reads an error object that came within an answer. */
  abstract readError(error: unknown): GatewayError;
}
