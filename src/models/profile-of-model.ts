import type { Environment } from '../config/environment.js';
import { MODEL_PRESETS, type ModelPresetName, type ModelProfile } from '../contracts/model-profile.js';
import type { ModelEntry } from '../gateway-file/model-entry.js';

/** The profile of a model of which nothing is said but its server's preset. */
export function standardProfile(preset: ModelPresetName, environment: Environment): ModelProfile {
  const { TOOL_CALLS, TOOL_CALL_PARSER, REASONING_PARSER } = environment;
  return {
    ...MODEL_PRESETS[preset],
    toolCalls: TOOL_CALLS ?? (TOOL_CALL_PARSER ? 'raw' : 'auto'),
    toolParser: TOOL_CALL_PARSER ?? (TOOL_CALLS === 'upstream' ? null : 'auto'),
    reasoningParser: REASONING_PARSER ?? null,
  };
}

/** The profile of a described model. @param base where it says nothing */
export function profileOfModel(entry: ModelEntry, base: ModelProfile): ModelProfile {
  const {
    id: _id,
    upstreamModel: _model,
    upstreams: _upstreams,
    aliases: _aliases,
    displayName: _name,
    preset: _preset,
    effort,
    ...own
  } = entry;
  const given: Partial<ModelProfile> = Object.fromEntries(
    Object.entries(own as Record<string, unknown>).filter(([, value]) => value !== undefined),
  );
  const isNamed = given.toolParser !== undefined && given.toolParser !== null && given.toolParser !== 'auto';
  const toolCalls = given.toolCalls ?? (isNamed && base.toolCalls === 'auto' ? 'raw' : base.toolCalls);
  return { ...base, ...given, toolCalls, effort: { ...base.effort, ...effort } };
}
