import type { ChatTool } from '../../contracts/chat-completions.js';
import type { ParsedToolChoice } from '../request/tools/parse-tool-choice.js';
import type { ParsedTools } from '../request/tools/parse-tools.js';
import type { DeferredTool } from './deferred-tool.js';

export interface Offer {
  /** What the model is shown. */
  chat: ChatTool[];
  /** Wire names of the only tools that may be called; null: all. */
  allowed: ReadonlySet<string> | null;
  /** What it may search for. */
  deferred: readonly DeferredTool[];
}

/** What the function says of a server or namespace, at most, and of how many of them. */
const DESCRIPTION_LENGTH = 200;
const MOST_SOURCES = 50;

const PARAMETERS = {
  type: 'object',
  properties: {
    query: { type: 'string', description: 'What the tool should do, in a few words, or its name.' },
  },
  required: ['query'],
};

/**
 * Shows the model the search in place of the tools that it has to search for. One that the request demands by its name need not be
 * searched for; what it does not allow is not found.
 */
export function offerTools(
  { chat, deferred, searchName }: Pick<ParsedTools, 'chat' | 'deferred' | 'searchName'>,
  { allowed, echo }: Pick<ParsedToolChoice, 'allowed' | 'echo'>,
): Offer {
  const isAllowed = (name: string): boolean => allowed?.has(name) ?? true;
  const shown = chat.filter((tool) => isAllowed(tool.function.name));
  const hidden = [...deferred.values()].filter(({ wireName }) => isAllowed(wireName));
  if (searchName === null || hidden.length === 0) return { chat: shown, allowed, deferred: [] };
  const isDemanded = typeof echo === 'object' && echo.type !== 'allowed_tools';
  if (isDemanded) return { chat: [...shown, ...hidden.map((tool) => tool.chat)], allowed, deferred: [] };
  return {
    chat: [...shown, searchFunction(searchName, hidden)],
    allowed: allowed && new Set([...allowed, searchName]),
    deferred: hidden,
  };
}

function searchFunction(name: string, deferred: readonly DeferredTool[]): ChatTool {
  const sources = new Map(deferred.map(({ source }) => [source.name, describe(source)]));
  const lines = [...sources]
    .slice(0, MOST_SOURCES)
    .map(([source, text]) => (text ? `${source}: ${text}` : source));
  const description = `Searches for further tools, which can be called afterwards. There are tools of:\n${lines.join('\n')}`;
  return { type: 'function', function: { name, description, parameters: PARAMETERS } };
}

function describe(source: DeferredTool['source']): string {
  const text = descriptionOf(source);
  return typeof text === 'string' ? text.slice(0, DESCRIPTION_LENGTH).toWellFormed() : '';
}

function descriptionOf(source: DeferredTool['source']): unknown {
  if (source.kind === 'server') return source.echo.server_description;
  return source.kind === 'namespace' ? source.namespace.description : source.definition.description;
}
