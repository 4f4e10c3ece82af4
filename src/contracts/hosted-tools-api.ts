/**
 * Wire types of OpenAI's hosted tools, which the gateway runs by tools of the deployer's.
 * Source: OpenAI's own types.
 */

/** What a hosted tool is for. Requests have several types for the same. @public */
export type HostedKind = 'web_search' | 'code_interpreter' | 'file_search';

/** The types of hosted tools in requests: there are `web_search_preview` and types with a date. */
export type HostedToolType = `web_search${string}` | 'code_interpreter' | 'file_search';

export interface WebSearchAction {
  type: 'search';
  /** The first of `queries`. */
  query: string;
  /** Absent while they are not known. */
  queries?: string[];
  /** What was found; only where the client asks for it. */
  sources?: { type: 'url'; url: string }[];
}

/** By OpenAI's types it is never incomplete: one that broke off has failed. */
export interface WebSearchCallItem {
  type: 'web_search_call';
  id: string;
  status: 'in_progress' | 'completed' | 'failed';
  action: WebSearchAction;
}

export interface CodeInterpreterCallItem {
  type: 'code_interpreter_call';
  id: string;
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  code: string;
  container_id: string;
  /** null where the client does not ask for them. */
  outputs: { type: 'logs'; logs: string }[] | null;
}

export interface FileSearchResult {
  /** Empty where the tool does not name it; so is `filename`. */
  file_id: string;
  filename: string;
  text: string;
  score?: number;
  attributes: Record<string, string | number | boolean>;
}

export interface FileSearchCallItem {
  type: 'file_search_call';
  id: string;
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  queries: string[];
  /** null where the client does not ask for them. */
  results: FileSearchResult[] | null;
}

export type HostedCallItem = WebSearchCallItem | CodeInterpreterCallItem | FileSearchCallItem;

/** A source that a text names; the indices are those of a JavaScript string, `end_index` behind the last character. */
export interface UrlCitation {
  type: 'url_citation';
  start_index: number;
  end_index: number;
  url: string;
  title: string;
}
