import type {
  CodeInterpreterCallItem,
  FileSearchCallItem,
  HostedCallItem,
  HostedKind,
  WebSearchCallItem,
} from '../../contracts/hosted-tools-api.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { IdPrefix } from '../../ids/id-generator.js';
import { readFileResults } from '../hosted-tools/read-file-results.js';
import { readPages } from '../hosted-tools/read-pages.js';

/** How the calls of hosted tools are shown in an answer. */
export interface HostedDisplay {
  responseId: string;
  /** Those whose results the client asks for. */
  shown: ReadonlySet<HostedKind>;
}

/** What is known of a call. */
export interface HostedCall {
  id: string;
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  /** Queries, or code; null while the model writes them. */
  given: readonly string[] | null;
  /** What the tool has put out; null where it has not, or the client is not to see it. */
  output: string | null;
  responseId: string;
}

/** How calls of one kind are shown. */
export interface HostedForm {
  prefix: IdPrefix;
  started: ResponseEvent['type'] & `response.${HostedKind}_call.in_progress`;
  working: ResponseEvent['type'] & `response.${HostedKind}_call.${'searching' | 'interpreting'}`;
  completed: ResponseEvent['type'] & `response.${HostedKind}_call.completed`;
  item(call: HostedCall): HostedCallItem;
}

export const HOSTED_FORMS: Readonly<Record<HostedKind, HostedForm>> = {
  web_search: {
    prefix: 'ws',
    started: 'response.web_search_call.in_progress',
    working: 'response.web_search_call.searching',
    completed: 'response.web_search_call.completed',
    item: webSearchItem,
  },
  code_interpreter: {
    prefix: 'ci',
    started: 'response.code_interpreter_call.in_progress',
    working: 'response.code_interpreter_call.interpreting',
    completed: 'response.code_interpreter_call.completed',
    item: codeInterpreterItem,
  },
  file_search: {
    prefix: 'fs',
    started: 'response.file_search_call.in_progress',
    working: 'response.file_search_call.searching',
    completed: 'response.file_search_call.completed',
    item: fileSearchItem,
  },
};

function webSearchItem({ id, status, given, output }: HostedCall): WebSearchCallItem {
  return {
    type: 'web_search_call',
    id,
    status: status === 'incomplete' ? 'failed' : status,
    action: {
      type: 'search',
      query: given?.[0] ?? '',
      ...(given && { queries: [...given] }),
      ...(output !== null && { sources: readPages(output).map(({ url }) => ({ type: 'url', url })) }),
    },
  };
}

function codeInterpreterItem({ id, status, given, output, responseId }: HostedCall): CodeInterpreterCallItem {
  return {
    type: 'code_interpreter_call',
    id,
    status,
    code: codeOf(given),
    // The tool keeps what it keeps; clients want one name for it.
    container_id: `cntr_${responseId.replace(/^resp_/, '')}`,
    outputs: output === null ? null : [{ type: 'logs', logs: output }],
  };
}

export function codeOf(given: readonly string[] | null): string {
  return given?.join('\n') ?? '';
}

function fileSearchItem({ id, status, given, output }: HostedCall): FileSearchCallItem {
  return {
    type: 'file_search_call',
    id,
    status,
    queries: [...(given ?? [])],
    results: output === null ? null : readFileResults(output),
  };
}
