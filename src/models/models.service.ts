import { Inject, Injectable } from '@nestjs/common';
import type { CallContext } from '../call/call-context.js';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import { MODEL_PRESETS, type ModelProfile } from '../config/model-profile.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamClient } from '../upstream/upstream.client.js';

const DEFAULT_MODEL = 'default';

/** A model as one request uses it. */
export interface ModelTarget {
  /** Name for the client. */
  model: string;
  /** Name for the upstream. */
  upstreamModel: string;
  profile: ModelProfile;
}

/** Knows which models there are, under which names, and what each can do. */
@Injectable()
export class ModelsService {
  private readonly aliases: ReadonlyMap<string, string>;
  private readonly profile: ModelProfile;
  private cached: { models: ChatModel[]; expiresAt: number } | null = null;
  private pending: Promise<ChatModel[]> | null = null;

  constructor(
    @Inject(inForce(UpstreamClient)) private readonly upstream: UpstreamClient,
    private readonly environment: Environment,
  ) {
    this.aliases = readAliases(environment.MODEL_ALIASES);
    this.profile = {
      ...MODEL_PRESETS[environment.UPSTREAM_PRESET],
      toolCalls: environment.TOOL_CALLS ?? (environment.TOOL_CALL_PARSER ? 'raw' : 'upstream'),
      toolParser: environment.TOOL_CALLS === 'upstream' ? null : (environment.TOOL_CALL_PARSER ?? null),
    };
  }

  /** @throws GatewayError when `default` is asked for and the upstream lists no model */
  async resolve(name: string, call: CallContext): Promise<ModelTarget> {
    const wanted = this.aliases.get(name) ?? name;
    if (wanted !== DEFAULT_MODEL) return { model: name, upstreamModel: wanted, profile: this.profile };
    const [first] = await this.listUpstream(call);
    if (!first)
      throw new GatewayError('model_not_found', { param: 'model', message: 'The upstream lists no model.' });
    return { model: first.id, upstreamModel: first.id, profile: this.profile };
  }

  /** The upstream's models, then the aliases as copies of what they stand for. */
  async list(call: CallContext): Promise<ChatModel[]> {
    const models = await this.listUpstream(call);
    const aliases = [...this.aliases].map(([alias, target]) => {
      const original = models.find(({ id }) => id === target) ?? models[0];
      return {
        object: 'model',
        created: 0,
        owned_by: 'responses-gateway',
        ...original,
        id: alias,
        root: target,
      };
    });
    return [...models, ...aliases];
  }

  /** @throws GatewayError `model_not_found` */
  async find(id: string, call: CallContext): Promise<ChatModel> {
    const model = (await this.list(call)).find((candidate) => candidate.id === id);
    if (!model) {
      throw new GatewayError('model_not_found', {
        param: 'model',
        message: `The model '${id}' does not exist.`,
      });
    }
    return model;
  }

  private async listUpstream(call: CallContext): Promise<ChatModel[]> {
    if (this.environment.UPSTREAM_PASS_AUTHORIZATION) return this.upstream.listModels(call);
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

function readAliases(text: string | undefined): Map<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '');
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
