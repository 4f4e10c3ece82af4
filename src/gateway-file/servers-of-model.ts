import type { ModelPresetName } from '../contracts/model-profile.js';
import type { ModelEntry } from './model-entry.js';
import type { UpstreamEntry } from './upstream-entry.js';

/** The servers that a model may be asked of. */
export function serversOf(
  { upstreams }: Pick<ModelEntry, 'upstreams'>,
  servers: readonly UpstreamEntry[],
): readonly UpstreamEntry[] {
  return upstreams === undefined ? servers : servers.filter(({ name }) => upstreams.includes(name));
}

/** @returns each preset once. @param standard of a server that names none */
export function presetsOf(servers: readonly UpstreamEntry[], standard: ModelPresetName): ModelPresetName[] {
  return [...new Set(servers.map(({ preset }) => preset ?? standard))];
}
