import { isHostedItem } from './hosted-rules.js';
import type { Report } from './item-rules.js';
import { show, type Json } from './json.js';

const ADDED = 'output_item.added';
const DONE = 'output_item.done';

/**
 * Items of tools that the gateway runs have one order of events. For each event what may follow it, without the
 * `response.` before their names; a done event is told by what the item has come to.
 */
const NEXT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  mcp_list_tools: {
    [ADDED]: ['mcp_list_tools.in_progress'],
    'mcp_list_tools.in_progress': ['mcp_list_tools.completed', 'mcp_list_tools.failed'],
    'mcp_list_tools.completed': [`${DONE} (completed)`],
    'mcp_list_tools.failed': [`${DONE} (failed)`],
  },
  mcp_call: {
    [ADDED]: ['mcp_call.in_progress'],
    'mcp_call.in_progress': ['mcp_call_arguments.delta', `${DONE} (incomplete)`],
    'mcp_call_arguments.delta': [
      'mcp_call_arguments.delta',
      'mcp_call_arguments.done',
      `${DONE} (incomplete)`,
    ],
    'mcp_call_arguments.done': ['mcp_call.completed', 'mcp_call.failed', `${DONE} (incomplete)`],
    'mcp_call.completed': [`${DONE} (completed)`],
    'mcp_call.failed': [`${DONE} (failed)`],
  },
  web_search_call: searchSteps('web_search_call'),
  file_search_call: searchSteps('file_search_call'),
  code_interpreter_call: {
    [ADDED]: ['code_interpreter_call.in_progress'],
    'code_interpreter_call.in_progress': [
      'code_interpreter_call_code.delta',
      'code_interpreter_call_code.done',
      `${DONE} (incomplete)`,
    ],
    'code_interpreter_call_code.delta': [
      'code_interpreter_call_code.delta',
      'code_interpreter_call_code.done',
      `${DONE} (incomplete)`,
    ],
    'code_interpreter_call_code.done': ['code_interpreter_call.interpreting'],
    'code_interpreter_call.interpreting': [
      'code_interpreter_call.completed',
      `${DONE} (failed)`,
      `${DONE} (incomplete)`,
    ],
    'code_interpreter_call.completed': [`${DONE} (completed)`],
  },
  mcp_approval_request: { [ADDED]: [`${DONE} (completed)`] },
  tool_search_output: { [ADDED]: [`${DONE} (completed)`] },
};

/** There is no event of a search that has failed, or was not carried out. */
function searchSteps(type: string): Record<string, readonly string[]> {
  const broken = [`${DONE} (failed)`, `${DONE} (incomplete)`];
  return {
    [ADDED]: [`${type}.in_progress`],
    [`${type}.in_progress`]: [`${type}.searching`, ...broken],
    [`${type}.searching`]: [`${type}.completed`, ...broken],
    [`${type}.completed`]: [`${DONE} (completed)`],
  };
}

/** Follows the events of one item through their order. */
export class ItemSteps {
  private last = ADDED;

  constructor(private readonly type: string) {}

  /** Takes an event of the item, with the item itself where it is done. */
  take(eventType: string, item: Json | undefined, report: Report): void {
    const order = NEXT[this.type];
    const name = eventType.replace('response.', '');
    const step = item ? `${name} (${outcomeOf(item)})` : name;
    const expected = order?.[this.last] ?? [];
    if (order && !expected.includes(step)) report(`${step} follows ${this.last}, not ${show(expected)}`);
    this.last = step;
  }
}

function outcomeOf(item: Json): string {
  if (item.type === 'mcp_call' || isHostedItem(item)) return String(item.status);
  return 'error' in item ? 'failed' : 'completed';
}
