import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import type { ModelPresetName, ModelProfile } from '../contracts/model-profile.js';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import type { ModelEntry } from '../gateway-file/model-entry.js';
import { presetsOf, serversOf } from '../gateway-file/servers-of-model.js';
import { profileOfModel, standardProfile } from './profile-of-model.js';

/** A model as one request uses it. */
export interface ModelTarget {
  /** Name for the client. */
  model: string;
  /** Name for the upstream. */
  upstreamModel: string;
  /** Its `id` in CONFIG_FILE; absent: nobody has described it. */
  described?: string;
  /** Names of the servers that may be asked; absent: all. */
  upstreams?: readonly string[];
  profile: ModelProfile;
}

interface Catalogue {
  /** Of models that nobody described. */
  standard: ModelProfile;
  /** By every name, aliases too. */
  targets: ReadonlyMap<string, ModelTarget>;
}

/** The models the deployer has described in CONFIG_FILE, whose changes are taken over, and aliases. */
@Injectable()
export class ModelCatalogue {
  private readonly listedAliases: readonly [alias: string, model: string][];
  private current: Catalogue;

  constructor(
    private readonly environment: Environment,
    private readonly file: GatewayFile,
  ) {
    this.listedAliases = readAliases(environment.MODEL_ALIASES);
    this.current = this.read();
    file.onChange(() => {
      this.current = this.read();
    });
  }

  /** The described models, in the order of the file. */
  get models(): readonly ModelEntry[] {
    return this.file.models;
  }

  /** Every further name: alias -> the name it stands for. */
  get aliases(): [alias: string, model: string][] {
    const described = this.models.flatMap(({ id, aliases }) =>
      (aliases ?? []).map((alias): [string, string] => [alias, id]),
    );
    return [...described, ...this.listedAliases];
  }

  /** What the file or an alias says of a name. */
  find(name: string): ModelTarget | undefined {
    return this.current.targets.get(name);
  }

  /** A model nobody described: its own name, the preset's profile. */
  undescribed(name: string): ModelTarget {
    return { model: name, upstreamModel: name, profile: this.current.standard };
  }

  private read(): Catalogue {
    const standard = standardProfile(this.presetOf({}), this.environment);
    const targets = new Map<string, ModelTarget>();
    for (const entry of this.models) {
      const target = {
        upstreamModel: entry.upstreamModel ?? entry.id,
        described: entry.id,
        upstreams: entry.upstreams,
        profile: profileOfModel(entry, standardProfile(this.presetOf(entry), this.environment)),
      };
      for (const name of [entry.id, ...(entry.aliases ?? [])]) targets.set(name, { ...target, model: name });
    }
    for (const [alias, name] of this.listedAliases) {
      const target = targets.get(name) ?? { upstreamModel: name, profile: standard };
      targets.set(alias, { ...target, model: alias });
    }
    return { standard, targets };
  }

  /** What the model says itself, else what all of its servers are, else UPSTREAM_PRESET. */
  private presetOf({ preset, upstreams }: Pick<ModelEntry, 'preset' | 'upstreams'>): ModelPresetName {
    if (preset !== undefined) return preset;
    const { UPSTREAM_PRESET } = this.environment;
    const [first = UPSTREAM_PRESET, ...others] = presetsOf(
      serversOf({ upstreams }, this.file.upstreams),
      UPSTREAM_PRESET,
    );
    return others.length === 0 ? first : UPSTREAM_PRESET;
  }
}

function readAliases(text: string | undefined): [string, string][] {
  return (text ?? '')
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
}
