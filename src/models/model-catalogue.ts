import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { MODEL_PRESETS, type ModelProfile } from '../contracts/model-profile.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import { type ModelEntry, parseModelsFile } from './models-file.js';

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

interface Catalogue {
  entries: readonly ModelEntry[];
  /** By every name, aliases too. */
  targets: ReadonlyMap<string, ModelTarget>;
}

/** The models the deployer has described in MODELS_FILE, whose changes are taken over, and aliases. */
@Injectable()
export class ModelCatalogue {
  private readonly standard: ModelProfile;
  private readonly listedAliases: readonly [alias: string, model: string][];
  private readonly file: WatchedFile<Catalogue>;
  private check: EntryCheck = () => null;

  /** @throws Error when the file is missing or wrong at the start */
  constructor(environment: Environment, files: WatchedFiles) {
    const { MODELS_FILE, MODEL_ALIASES } = environment;
    this.standard = standardProfile(environment);
    this.listedAliases = readAliases(MODEL_ALIASES);
    this.file = files.openIfNamed(
      'MODELS_FILE',
      MODELS_FILE,
      (text, label) => this.read(text, label),
      this.catalogueOf([]),
    );
  }

  /**
   * Has the entries looked at, these and all that are read later.
   *
   * @throws Error when something is wrong with these
   */
  checkWith(check: EntryCheck): void {
    this.check = check;
    const problem = this.findProblem(this.models, this.file.label);
    if (problem !== null) throw invalidEnvironment(problem);
  }

  /** The described models, in the order of the file. */
  get models(): readonly ModelEntry[] {
    return this.file.current.entries;
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
    return this.file.current.targets.get(name);
  }

  /** A model nobody described: its own name, the preset's profile. */
  undescribed(name: string): ModelTarget {
    return { model: name, upstreamModel: name, profile: this.standard };
  }

  private read(text: string, label: string): Catalogue {
    const entries = parseModelsFile(text, label);
    const problem = this.findProblem(entries, label);
    if (problem !== null) throw new Error(problem);
    return this.catalogueOf(entries);
  }

  private findProblem(entries: readonly ModelEntry[], label: string): string | null {
    const problems = entries.flatMap((entry) => {
      const problem = this.check(entry);
      return problem === null ? [] : [`  ${entry.id}: ${problem}`];
    });
    return problems.length > 0 ? `${label}:\n${problems.join('\n')}` : null;
  }

  private catalogueOf(entries: readonly ModelEntry[]): Catalogue {
    const targets = new Map<string, ModelTarget>();
    for (const entry of entries) {
      const target = {
        upstreamModel: entry.upstreamModel ?? entry.id,
        profile: profileOf(entry, this.standard),
      };
      for (const name of [entry.id, ...(entry.aliases ?? [])]) targets.set(name, { ...target, model: name });
    }
    for (const [alias, name] of this.listedAliases) {
      targets.set(alias, { ...(targets.get(name) ?? this.undescribed(name)), model: alias });
    }
    return { entries, targets };
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
