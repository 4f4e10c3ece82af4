import { type ModelPresetName, REASONING_EFFORTS } from '../contracts/model-profile.js';
import type { GatewayFileContent } from './gateway-file-content.js';
import type { McpServerEntry } from './mcp-server-entry.js';
import type { ModelEntry } from './model-entry.js';
import { presetsOf, serversOf } from './servers-of-model.js';
import type { UpstreamEntry } from './upstream-entry.js';

/** What the variables say of the same matters. */
export interface GivenServers {
  /** Those of UPSTREAM_BASE_URL. */
  servers: readonly UpstreamEntry[];
  /** UPSTREAM_PRESET. */
  preset: ModelPresetName;
}

/** @returns what each entry for itself does not show, a line each, which begins with the path */
export function findClashes(
  { upstreams, models = [], mcpServers = [] }: GatewayFileContent,
  given: GivenServers,
): string[] {
  const servers = upstreams ?? given.servers;
  return [
    ...(upstreams && given.servers.length > 0
      ? ['upstreams: must not be given together with UPSTREAM_BASE_URL']
      : []),
    ...(upstreams ?? []).flatMap(findDoubleKey),
    ...findTwice((upstreams ?? []).map(({ name }, index) => [`upstreams[${index}].name`, name])),
    ...findTwice(models.flatMap(namesOfModel)),
    ...models.flatMap((model, index) => findUnknownServers(model, `models[${index}].upstreams`, servers)),
    ...models.flatMap((model, index) =>
      findMixedPresets(model, `models[${index}].preset`, servers, given.preset),
    ),
    ...models.flatMap(findUnknownEfforts),
    ...mcpServers.flatMap(findMixedKinds),
    ...findTwice(mcpServers.map(({ label }, index) => [`mcpServers[${index}].label`, label])),
    ...findTwice(mcpServers.flatMap(connectorsOf)),
  ];
}

function findDoubleKey({ apiKey, apiKeyFile }: UpstreamEntry, index: number): string[] {
  const isDouble = apiKey !== undefined && apiKeyFile !== undefined;
  return isDouble ? [`upstreams[${index}].apiKeyFile: must not be given together with apiKey`] : [];
}

function namesOfModel({ id, aliases }: ModelEntry, index: number): [path: string, name: string][] {
  const further = (aliases ?? []).map((alias, at): [string, string] => [
    `models[${index}].aliases[${at}]`,
    alias,
  ]);
  return [[`models[${index}].id`, id], ...further];
}

function findTwice(named: readonly (readonly [path: string, name: string])[]): string[] {
  const names = named.map(([, name]) => name);
  return named.flatMap(([path, name], index) =>
    names.indexOf(name) < index ? [`${path}: the name ${name} is used twice`] : [],
  );
}

function findUnknownServers(model: ModelEntry, path: string, servers: readonly UpstreamEntry[]): string[] {
  const known = servers.map(({ name }) => name);
  const unknown = (model.upstreams ?? []).filter((name) => !known.includes(name));
  return unknown.map(
    (name) => `${path}: there is no upstream ${name}; there are: ${known.join(', ') || 'none'}`,
  );
}

/** Nobody but the deployer can say which of them is to be believed. */
function findMixedPresets(
  model: ModelEntry,
  path: string,
  servers: readonly UpstreamEntry[],
  standard: ModelPresetName,
): string[] {
  if (model.preset !== undefined || model.upstreams === undefined) return [];
  const presets = presetsOf(serversOf(model, servers), standard);
  return presets.length > 1
    ? [`${path}: must be given, since its upstreams have different ones: ${presets.join(', ')}`]
    : [];
}

function findUnknownEfforts({ effort }: ModelEntry, index: number): string[] {
  const known: readonly string[] = REASONING_EFFORTS;
  return Object.entries(effort ?? {})
    .filter(([name, value]) => !known.includes(name) || (value !== null && typeof value !== 'string'))
    .map(
      ([name]) => `models[${index}].effort.${name}: must be one of ${known.join(', ')} with a string or null`,
    );
}

/** What only one of the two kinds of MCP servers has. */
const OF_KIND = {
  url: ['transport', 'headers', 'passAuthorization'],
  command: ['args', 'env'],
} as const;

function findMixedKinds(entry: McpServerEntry, index: number): string[] {
  const path = `mcpServers[${index}]`;
  if ((entry.url === undefined) === (entry.command === undefined))
    return [`${path}: must have either url or command`];
  const foreign = OF_KIND[entry.url === undefined ? 'url' : 'command'];
  const kind = entry.url === undefined ? 'command' : 'url';
  return foreign
    .filter((key) => entry[key] !== undefined)
    .map((key) => `${path}.${key}: must not be given together with ${kind}`);
}

function connectorsOf({ connectorIds = [] }: McpServerEntry, index: number): [path: string, name: string][] {
  return connectorIds.map((id, at) => [`mcpServers[${index}].connectorIds[${at}]`, id]);
}
