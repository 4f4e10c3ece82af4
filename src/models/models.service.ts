import { Injectable } from '@nestjs/common';
import { catchError, from, mergeMap, type Observable, of, throwError, timeout } from 'rxjs';
import type { RequestContext } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
import { describeForCodex } from './describe-for-codex.js';
import { LearntProfiles } from './learnt-profiles.js';
import { listNames } from './list-names.js';
import { ModelCatalogue, type ModelTarget } from './model-catalogue.js';
import { ParserChoice } from './parser-choice.js';
import { readContextWindow } from './read-context-window.js';

const DEFAULT_MODEL = 'default';
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
  ) {}

  /**
   * The model a name stands for; a promise where the upstream has to be asked.
   *
   * @throws GatewayError when `default` is asked for and the upstream lists no model
   */
  resolve(name: string, context: RequestContext): ModelTarget | Promise<ModelTarget> {
    const described = this.catalogue.find(name);
    if (described && described.upstreamModel !== DEFAULT_MODEL) return this.complete(described);
    if (!described && name !== DEFAULT_MODEL) return this.complete(this.catalogue.undescribed(name));
    return this.resolveDefault(context);
  }

  /** From now on the gateway reads the calls of this model. */
  switchToRaw(target: ModelTarget): ModelTarget {
    return this.learnt.learn(target, { toolCalls: 'raw' });
  }

  /** From now on this model gets notes in place of images. */
  switchToNotes(target: ModelTarget): ModelTarget {
    return this.learnt.learn(target, { vision: false });
  }

  private async resolveDefault(context: RequestContext): Promise<ModelTarget> {
    const [first] = await this.listUpstream(context);
    if (!first)
      throw new GatewayError('model_not_found', {
        param: 'model',
        message: 'The model server lists no models.',
      });
    return this.complete(this.catalogue.find(first.id) ?? this.catalogue.undescribed(first.id));
  }

  private complete(target: ModelTarget): ModelTarget {
    return this.parsers.apply(this.learnt.apply(target));
  }

  /** The upstream's models, then the described ones it does not list under that name, then the aliases. */
  async list(context: RequestContext): Promise<ChatModel[]> {
    return this.withFurtherNames(await this.listUpstream(context));
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
    const data = this.withFurtherNames(listed);
    const names = new Map(this.catalogue.models.map(({ id, displayName }) => [id, displayName]));
    const models = data.map(({ id }, index) => {
      const target = this.learnt.apply(this.catalogue.find(id) ?? this.catalogue.undescribed(id));
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
      return this.upstream.listModels(optionsOfRequest(context));
    if (this.cached && performance.now() < this.cached.expiresAt) return this.cached.models;
    this.pending ??= this.refresh();
    return this.pending;
  }

  private async refresh(): Promise<ChatModel[]> {
    try {
      const models = await this.upstream.listModels();
      this.cached = { models, expiresAt: performance.now() + this.environment.MODELS_CACHE_TTL_MS };
      return models;
    } finally {
      this.pending = null;
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

function missing(what: string, models: readonly ChatModel[], cause?: unknown): GatewayError {
  const names = listNames(models.map(({ id }) => id));
  const message = names === '' ? what : `${what.replace(/[\s.]*$/, '.')} Available models: ${names}.`;
  return new GatewayError('model_not_found', { param: 'model', message, cause });
}
