import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { ChatModel, ChatRequest } from '../contracts/chat-completions.js';
import { hashText } from '../contracts/hash-text.js';
import type { TokenCounter } from '../contracts/model-profile.js';
import { GatewayError } from '../errors/gateway-error.js';
import { within } from '../request/within.js';
import { type AnswerKind, CHAT, COUNT, FORWARDED } from './answer-kind.js';
import { chooseServer } from './choose-server.js';
import { FailoverRequest, type FailoverOptions } from './failover-request.js';
import { RetryBudget } from './retry-budget.js';
import { UpstreamEvents } from './upstream-events.js';
import { UpstreamRegistry } from './upstream-registry.service.js';
import type { UpstreamServer } from './upstream-server.js';
import {
  type ForwardedAnswer,
  type ForwardRequest,
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
  type UpstreamOptions,
} from './upstream.client.js';

/** How long the models of one server are waited for where another has told its own. */
const LIST_TIMEOUT_MS = 5_000;

type Choosing = Pick<OpenOptions, 'affinityKey' | 'upstreams'>;

/** Reaches all model servers: chooses one for each request, and another where that one fails before it has answered. @public */
@Injectable()
export class FailoverUpstreamClient extends UpstreamClient {
  private readonly budget = new RetryBudget(performance.now());
  private turn = 0;

  constructor(
    private readonly registry: UpstreamRegistry,
    private readonly events: UpstreamEvents,
  ) {
    super();
  }

  /** Of several servers, the names of all. */
  override get name(): string {
    return this.registry.servers.map(({ label }) => label).join(', ');
  }

  override open(request: ChatRequest, options: OpenOptions): Observable<UpstreamAnswer> {
    return this.ask(CHAT, request.model, options, ({ client }, broken) =>
      client.open(request, options, broken),
    );
  }

  override countTokens(
    request: ChatRequest,
    counter: TokenCounter,
    options: UpstreamOptions,
  ): Observable<number | null> {
    return this.ask(COUNT, request.model, options, ({ client }) =>
      client.countTokens(request, counter, options),
    );
  }

  override forward(
    request: ForwardRequest,
    options: Omit<OpenOptions, 'gate' | 'signal'>,
  ): Observable<ForwardedAnswer> {
    return this.ask(FORWARDED, request.model, options, ({ client }) => client.forward(request, options));
  }

  /** The models of all, each once; of those that fail, what they listed last. */
  override async listModels(options?: UpstreamOptions): Promise<ChatModel[]> {
    const { servers } = this.registry;
    if (servers.length === 1) return [...(await servers[0].listModels(options))];
    const lists = await Promise.allSettled(servers.map((server) => listInTime(server, options)));
    const listed = lists.filter((list) => list.status === 'fulfilled').flatMap(({ value }) => value);
    const [failed] = lists.filter((list) => list.status === 'rejected');
    if (failed && lists.every(({ status }) => status === 'rejected')) throw failed.reason as Error;
    return [...new Map(listed.reverse().map((model) => [model.id, model])).values()].reverse();
  }

  override async isReady(): Promise<boolean> {
    const { servers } = this.registry;
    const answers = servers.map(async ({ client }) => {
      if (!(await client.isReady())) throw new Error('This one is not.');
    });
    return Promise.any(answers).then(
      () => true,
      () => false,
    );
  }

  private ask<T>(
    kind: AnswerKind<T>,
    model: string,
    options: Choosing,
    send: FailoverOptions<T>['send'],
  ): Observable<T> {
    return new Observable((subscriber) => {
      const request = new FailoverRequest(
        {
          kind,
          send,
          choose: (except) => this.choose(model, options, except),
          budget: this.budget,
          events: this.events,
        },
        subscriber,
      );
      request.start();
      return () => {
        request.stop();
      };
    });
  }

  private choose(model: string, options: Choosing, except: UpstreamServer | null): UpstreamServer | null {
    const { servers } = this.registry;
    if (servers.length === 1) return except ? null : chooseServer(servers, undefined, 0);
    const candidates = candidatesAmong(servers, model, options.upstreams).filter(
      (server) => server !== except,
    );
    const key = candidates.length > 1 ? options.affinityKey : undefined;
    return chooseServer(candidates, key === undefined ? undefined : hashText(key), this.turn++);
  }
}

/** Those that may answer and have the model; where none is up, all of them, since one may be after all. */
function candidatesAmong(
  servers: readonly UpstreamServer[],
  model: string,
  names: readonly string[] | undefined,
): readonly UpstreamServer[] {
  const allowed = names ? servers.filter(({ name }) => names.includes(name)) : servers;
  const having = allowed.filter((server) => server.mayHave(model));
  const able = having.length > 0 ? having : allowed;
  // Where those that may have it are all down, one may have it that is not yet known.
  for (const some of [able, allowed.filter(({ isNew }) => isNew)]) {
    const up = some.filter(({ isUp, health }) => isUp || health?.isDueForTrial);
    if (up.length > 0) return up;
  }
  return able;
}

/** @throws GatewayError where it has not listed any yet either */
async function listInTime(server: UpstreamServer, options?: UpstreamOptions): Promise<readonly ChatModel[]> {
  const isRemembered = options?.credentials === undefined && server.hasListed;
  if (isRemembered && !server.isUp) return server.models;
  try {
    const models = await within(server.listModels(options), LIST_TIMEOUT_MS, null);
    if (models) return models;
  } catch (error) {
    if (!isRemembered) throw error;
  }
  if (isRemembered) return server.models;
  throw new GatewayError('upstream_timeout');
}
