import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { readJsonObject } from '../read-json-object.js';
import type { DeferredTool } from './deferred-tool.js';
import { rankTexts } from './rank-texts.js';

/** What a search has found. */
export interface FoundTools {
  /** The servers, namespaces and functions that the tools are of. */
  paths: string[];
  /** Their definitions, as requests have them: those of one server or namespace in one. */
  tools: RawObject[];
}

/** Tools that one search finds at most. */
const MOST = 8;

/** @param argumentsText JSON, as the model wrote it: any texts in it are what it looks for */
export function readQuery(argumentsText: string): string {
  return textsIn(readJsonObject(argumentsText)).join(' ');
}

/** The same of the arguments of an item. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.filter((text) => typeof text === 'string');
  return isObject(value)
    ? Object.values(value).flatMap((inner) => (isObject(inner) ? [] : textsIn(inner)))
    : [];
}

/** Searches by names, descriptions and parameters. */
export function searchTools(deferred: readonly DeferredTool[], query: string): FoundTools {
  const found = rankTexts(deferred.map(textOf), query)
    .slice(0, MOST)
    .flatMap((place) => deferred[place] ?? []);
  const groups = new Map<string, DeferredTool[]>();
  for (const tool of found) {
    const key = `${tool.source.kind} ${tool.source.name}`;
    groups.set(key, [...(groups.get(key) ?? []), tool]);
  }
  return {
    paths: [...new Set(found.map(({ source }) => source.name))],
    tools: [...groups.values()].flatMap(defineTools),
  };
}

function textOf({ chat, source }: DeferredTool): { text: string; weight: number }[] {
  const { name, description = '', parameters } = chat.function;
  return [
    { text: `${source.name} ${name}`, weight: 3 },
    { text: `${description} ${describeParameters(parameters)}`, weight: 1 },
  ];
}

function describeParameters(parameters: unknown): string {
  if (!isObject(parameters) || !isObject(parameters.properties)) return '';
  return Object.entries(parameters.properties)
    .flatMap(([name, schema]) => [name, isObject(schema) ? schema.description : undefined])
    .filter((text) => typeof text === 'string')
    .join(' ');
}

function defineTools(group: readonly DeferredTool[]): RawObject[] {
  const [first] = group;
  switch (first?.source.kind) {
    case 'server': {
      const names = group.flatMap(({ source }) => (source.kind === 'server' ? [source.toolName] : []));
      return [{ ...first.source.echo, allowed_tools: names }];
    }
    case 'namespace': {
      const tools = group.flatMap(({ source }) => (source.kind === 'namespace' ? [source.definition] : []));
      return [{ ...first.source.namespace, tools }];
    }
    default:
      return group.flatMap(({ source }) => (source.kind === 'tool' ? [source.definition] : []));
  }
}
