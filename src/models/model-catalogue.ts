import { readFileSync, statSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { MODEL_PRESETS, type ModelProfile } from '../contracts/model-profile.js';
import { type ModelEntry, parseModelsFile } from './models-file.js';

const CHECK_INTERVAL_MS = 2_000;

/** A model as one request uses it. */
export interface ModelTarget {
  /** Name for the client. */
  model: string;
  /** Name for the upstream. */
  upstreamModel: string;
  profile: ModelProfile;
}

/** Looks at an entry for what the file's own form does not show; returns what is wrong with it. */
export type EntryCheck = (entry: ModelEntry) => string | null;

/**
 * The models the deployer has described in `models.yaml`, and aliases. A change of the file is taken over while the gateway runs;
 * a wrong one is logged and the last good one stays.
 */
@Injectable()
export class ModelCatalogue {
  private targets = new Map<string, ModelTarget>();
  private entries: readonly ModelEntry[] = [];
  private readonly standard: ModelProfile;
  private readonly listedAliases: readonly [alias: string, model: string][];
  private readAt = 0;
  private modifiedAt = -1;
  private check: EntryCheck = () => null;

  /** @throws Error when the file is missing or wrong at the start */
  constructor(
    private readonly environment: Environment,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(ModelCatalogue.name);
    this.standard = standardProfile(environment);
    this.listedAliases = readAliases(environment.MODEL_ALIASES);
    this.load();
  }

  /**
   * Has the entries looked at, these and all that are read later.
   *
   * @throws Error when something is wrong with these
   */
  checkWith(check: EntryCheck): void {
    this.check = check;
    this.assertGood(this.entries);
  }

  /** The described models, in the order of the file. */
  get models(): readonly ModelEntry[] {
    this.reloadWhenChanged();
    return this.entries;
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
    this.reloadWhenChanged();
    return this.targets.get(name);
  }

  /** A model nobody described: its own name, the preset's profile. */
  undescribed(name: string): ModelTarget {
    return { model: name, upstreamModel: name, profile: this.standard };
  }

  private reloadWhenChanged(): void {
    if (!this.environment.MODELS_FILE || performance.now() - this.readAt < CHECK_INTERVAL_MS) return;
    try {
      this.load();
    } catch (error) {
      this.logger.error({ err: error }, 'the changed models file is not taken over');
    }
  }

  private load(): void {
    this.readAt = performance.now();
    const path = this.environment.MODELS_FILE;
    if (path) {
      const { mtimeMs } = statSync(path);
      if (mtimeMs === this.modifiedAt) return;
      this.modifiedAt = mtimeMs;
      const entries = parseModelsFile(readFileSync(path, 'utf8'), path);
      this.assertGood(entries);
      this.entries = entries;
    }
    this.targets = this.buildTargets();
  }

  private assertGood(entries: readonly ModelEntry[]): void {
    const problems = entries.flatMap((entry) => {
      const problem = this.check(entry);
      return problem === null ? [] : [`  ${entry.id}: ${problem}`];
    });
    if (problems.length > 0)
      throw new Error(`${this.environment.MODELS_FILE ?? ''}:\n${problems.join('\n')}`);
  }

  private buildTargets(): Map<string, ModelTarget> {
    const targets = new Map<string, ModelTarget>();
    for (const entry of this.entries) {
      const target = {
        upstreamModel: entry.upstreamModel ?? entry.id,
        profile: profileOf(entry, this.standard),
      };
      for (const name of [entry.id, ...(entry.aliases ?? [])]) targets.set(name, { ...target, model: name });
    }
    for (const [alias, name] of this.listedAliases) {
      targets.set(alias, { ...(targets.get(name) ?? this.undescribed(name)), model: alias });
    }
    return targets;
  }
}

function standardProfile(environment: Environment): ModelProfile {
  const { UPSTREAM_PRESET, TOOL_CALLS, TOOL_CALL_PARSER, REASONING_PARSER } = environment;
  return {
    ...MODEL_PRESETS[UPSTREAM_PRESET],
    toolCalls: TOOL_CALLS ?? (TOOL_CALL_PARSER ? 'raw' : 'auto'),
    toolParser: TOOL_CALL_PARSER ?? (TOOL_CALLS === 'upstream' ? null : 'auto'),
    reasoningParser: REASONING_PARSER ?? null,
  };
}

function profileOf(entry: ModelEntry, standard: ModelProfile): ModelProfile {
  const {
    id: _id,
    upstreamModel: _model,
    aliases: _aliases,
    displayName: _name,
    preset,
    effort,
    ...own
  } = entry;
  const base = preset
    ? {
        ...MODEL_PRESETS[preset],
        toolCalls: standard.toolCalls,
        toolParser: standard.toolParser,
        reasoningParser: standard.reasoningParser,
      }
    : standard;
  const given: Partial<ModelProfile> = Object.fromEntries(
    Object.entries(own as Record<string, unknown>).filter(([, value]) => value !== undefined),
  );
  const isNamed = given.toolParser !== undefined && given.toolParser !== null && given.toolParser !== 'auto';
  const toolCalls = given.toolCalls ?? (isNamed && base.toolCalls === 'auto' ? 'raw' : base.toolCalls);
  return { ...base, ...given, toolCalls, effort: { ...base.effort, ...effort } };
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
