import { Injectable } from '@nestjs/common';
import { catchError, from, mergeMap, type Observable, of, throwError, timeout } from 'rxjs';
import type { RequestContext } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import { OptionsOfRequest } from '../upstreams/options-of-request.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
import { describeForCodex } from './describe-for-codex.js';
import { LearntProfiles } from './learnt-profiles.js';
import { listNames } from './list-names.js';
import { assertMayUse, mayUse } from './may-use.js';
import { ModelCatalogue, type ModelTarget } from './model-catalogue.js';
import { ParserChoice } from './parser-choice.js';
import { readContextWindow } from './read-context-window.js';

const DEFAULT_MODEL = 'default';
/** Of a name that nobody described: logs, metrics and traces repeat it, and some servers answer to any. */
const MAX_NAME = 512;
/** What an error is kept waiting for the names. */
const LOOKUP_TIMEOUT_MS = 2_000;

export interface ModelList {
  object: 'list';
  data: ChatModel[];
  models: Record<string, unknown>[];
}

/** Knows which models there are, under which names, and what each can do. */
@Injectable()
export class ModelsService {
  private cached: { models: ChatModel[]; expiresAt: number } | null = null;
  private pending: Promise<ChatModel[]> | null = null;
  private readonly learnt = new LearntProfiles();

  constructor(
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly catalogue: ModelCatalogue,
    private readonly parsers: ParserChoice,
    private readonly environment: Environment,
    file: GatewayFile,
  ) {
    // Other servers have other models.
    file.onChange(() => {
      this.cached = null;
      this.pending = null;
    });
  }

  /**
   * The model a name stands for; a promise where the upstream has to be asked.
   *
   * @throws GatewayError `model_not_found` when the caller may not use it, it can be no name, or `default` is asked for and there is none
   * that it may
   */
  resolve(name: string, context: RequestContext): ModelTarget | Promise<ModelTarget> {
    if (name.length > MAX_NAME && !this.catalogue.find(name)) throw noName();
    const target = this.targetOf(name);
    if (target.upstreamModel === DEFAULT_MODEL) return this.resolveDefault(context, name);
    assertMayUse(context.caller, ...namesOf(target));
    return this.complete(target);
  }

  /** From now on the gateway reads the calls of this model. */
  switchToRaw(target: ModelTarget): ModelTarget {
    return this.learnt.learn(target, { toolCalls: 'raw' });
  }

  /** From now on this model gets notes in place of images. */
  switchToNotes(target: ModelTarget): ModelTarget {
    return this.learnt.learn(target, { vision: false });
  }

  /** Tokens of its context; null where nobody has said so far. The upstream is not asked. */
  contextWindowOf(target: ModelTarget): number | null {
    return target.profile.contextWindow ?? windowOf(target, this.cached?.models ?? []);
  }

  /**
   * The first name in the caller's list of models that is one of a model.
   *
   * @param name which the client has written
   */
  private async resolveDefault(context: RequestContext, name: string): Promise<ModelTarget> {
    const { caller } = context;
    const listed = await this.listUpstream(context);
    const [first] = mayUse(caller, name)
      ? listed
      : this.namesFor(context, listed).filter(({ id }) => this.targetOf(id).upstreamModel !== DEFAULT_MODEL);
    if (!first && listed.length > 0) assertMayUse(caller, name);
    if (!first)
      throw new GatewayError('model_not_found', {
        param: 'model',
        message: 'The model server lists no models.',
      });
    return this.complete(this.targetOf(first.id));
  }

  private targetOf(name: string): ModelTarget {
    return this.catalogue.find(name) ?? this.catalogue.undescribed(name);
  }

  private complete(target: ModelTarget): ModelTarget {
    return this.parsers.apply(this.learnt.apply(target));
  }

  /** The upstream's models, then the described ones it does not list under that name, then the aliases: those that the caller may use. */
  async list(context: RequestContext): Promise<ChatModel[]> {
    return this.namesFor(context, await this.listUpstream(context));
  }

  private namesFor({ caller }: RequestContext, listed: ChatModel[]): ChatModel[] {
    const names = this.withFurtherNames(listed);
    if (!caller?.models) return names;
    return names.filter(({ id }) => mayUse(caller, ...namesOf(this.targetOf(id))));
  }

  private withFurtherNames(models: ChatModel[]): ChatModel[] {
    const described = this.catalogue.models
      .filter(({ id }) => !models.some((model) => model.id === id))
      .map(({ id, upstreamModel }): [string, string] => [id, upstreamModel ?? id]);
    const further = [...described, ...this.catalogue.aliases].map(([name, target]) => {
      const original = models.find(({ id }) => id === target) ?? models[0];
      return {
        object: 'model',
        created: 0,
        owned_by: 'responses-gateway',
        ...original,
        id: name,
        root: target,
      };
    });
    return [...models, ...further];
  }

  /** Both forms of the list in one answer: readers of either ignore the other. */
  async describeAll(context: RequestContext): Promise<ModelList> {
    const listed = await this.listUpstream(context);
    const data = this.namesFor(context, listed);
    const names = new Map(this.catalogue.models.map(({ id, displayName }) => [id, displayName]));
    const models = data.map(({ id }, index) => {
      const target = this.learnt.apply(this.targetOf(id));
      return describeForCodex(target, names.get(id) ?? id, index, windowOf(target, listed));
    });
    return { object: 'list', data, models };
  }

  /** @throws GatewayError `model_not_found` */
  async find(id: string, context: RequestContext): Promise<ChatModel> {
    const models = await this.list(context);
    const model = models.find((candidate) => candidate.id === id);
    if (!model) throw missing(`The model '${id}' does not exist.`, models);
    return model;
  }

  /** Fails with the error; where the model server does not know a model, with the names of what there is. */
  explain(error: unknown, context: RequestContext): Observable<never> {
    const isUnknown = error instanceof GatewayError && error.errorName === 'model_not_found';
    if (!isUnknown) return throwError(() => error);
    return from(this.list(context)).pipe(
      timeout(LOOKUP_TIMEOUT_MS),
      catchError(() => of([])),
      mergeMap((models) => throwError(() => missing(error.message, models, error.cause))),
    );
  }

  private async listUpstream(context: RequestContext): Promise<ChatModel[]> {
    if (this.environment.UPSTREAM_PASS_AUTHORIZATION)
      return this.upstream.listModels(new OptionsOfRequest(context));
    if (this.cached && performance.now() < this.cached.expiresAt) return this.cached.models;
    if (this.pending) return this.pending;
    const asked = this.upstream.listModels();
    this.pending = asked;
    return this.remember(asked);
  }

  /** Unless another list is asked for by then. */
  private async remember(asked: Promise<ChatModel[]>): Promise<ChatModel[]> {
    try {
      const models = await asked;
      if (this.pending === asked)
        this.cached = { models, expiresAt: performance.now() + this.environment.MODELS_CACHE_TTL_MS };
      return models;
    } finally {
      if (this.pending === asked) this.pending = null;
    }
  }
}

/** Tokens of a model's context by the upstream's list. A server of one model answers to any name; an adapter has its model's. */
function windowOf({ upstreamModel }: ModelTarget, listed: readonly ChatModel[]): number | null {
  const named = listed.find(({ id }) => id === upstreamModel);
  const isFirst = upstreamModel === DEFAULT_MODEL || listed.length === 1;
  const model = named ?? (isFirst ? listed[0] : undefined);
  return readContextWindow(model) ?? readContextWindow(listed.find(({ id }) => id === model?.parent));
}

function noName(): GatewayError {
  const message = `The model does not exist: its name has more than ${MAX_NAME} characters.`;
  return new GatewayError('model_not_found', { param: 'model', message });
}

/** What the client calls it, and what that stands for: any of them lets a caller in to whom it is listed. */
function namesOf({ model, described = model, upstreamModel }: ModelTarget): [string, ...string[]] {
  return [model, described, upstreamModel];
}

function missing(what: string, models: readonly ChatModel[], cause?: unknown): GatewayError {
  const names = listNames(models.map(({ id }) => id));
  const message = names === '' ? what : `${what.replace(/[\s.]*$/, '.')} Available models: ${names}.`;
  return new GatewayError('model_not_found', { param: 'model', message, cause });
}
