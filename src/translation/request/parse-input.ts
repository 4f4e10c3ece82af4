import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { afterCompaction } from '../compaction/after-compaction.js';
import { COMPACTION_INSTRUCTION, introduceSummary, LOST_SUMMARY } from '../compaction/compaction-texts.js';
import type { InputReading } from './items/input-reading.js';
import { listCarriedOut, parseMcpItem } from './items/parse-mcp-item.js';
import {
  parseCustomCall,
  parseFoundTools,
  parseFunctionCall,
  parseToolOutput,
  parseToolSearch,
} from './items/parse-calls.js';
import { parseHostedItem } from './items/parse-hosted-item.js';
import { isMessage, parseAgentMessage, parseMessage } from './items/parse-message.js';
import { printableName } from './printable-name.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { nameOf, readObject } from './read-field.js';
import { readCompaction, readReasoning } from './read-sealed.js';

/**
 * Reads `input` into messages.
 *
 * @param path of what is read in the request
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseInput(input: unknown, reading: InputReading, path = 'input'): void {
  if (input === undefined || input === null) {
    throw new GatewayError('missing_parameter', { param: path, message: `${path} is required.` });
  }
  if (typeof input === 'string') {
    reading.messages.addUser([{ type: 'text', text: input }]);
    return;
  }
  if (!Array.isArray(input)) {
    throw invalidRequest(path, `Expected a string or an array of items, got ${nameOf(input)}.`);
  }
  if (input.length === 0) throw invalidRequest(path, `${path} must contain at least one item.`);
  let listed: ReadonlySet<unknown> | undefined;
  const carriedOut = (): ReadonlySet<unknown> => (listed ??= listCarriedOut(input));
  const isShown = afterCompaction(
    input,
    (item, index) => readCompaction(item, `${path}[${index}]`, reading.envelopes) !== null,
  );
  input.forEach((value, index) => {
    if (!isShown(index)) return;
    const itemPath = `${path}[${index}]`;
    const isLast = index === input.length - 1;
    parseItem(readObject(value, itemPath), itemPath, reading, {
      isLast,
      carriedOut,
      before: input[index - 1],
    });
  });
}

/** What is known of an item from the others. */
interface Place {
  isLast: boolean;
  carriedOut: () => ReadonlySet<unknown>;
  /** The item before it. */
  before: unknown;
}

function parseItem(
  item: RawObject,
  path: string,
  reading: InputReading,
  { isLast, carriedOut, before }: Place,
): void {
  const { messages, ignored } = reading;
  const type = typeOf(item);
  switch (type) {
    case 'message':
      parseMessage(item, path, reading);
      return;
    case 'agent_message':
      parseAgentMessage(item, path, reading);
      return;
    case 'function_call':
      parseFunctionCall(item, path, reading);
      return;
    case 'custom_tool_call':
      parseCustomCall(item, path, reading);
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      parseToolOutput(item, path, reading);
      return;
    case 'tool_search_call':
      parseToolSearch(item, path, reading);
      return;
    case 'tool_search_output':
      parseFoundTools(item, path, reading, before);
      return;
    case 'additional_tools':
      return;
    case 'reasoning':
      messages.addReasoning(readReasoning(item, path, reading));
      return;
    case 'compaction':
      addCompaction(item, path, reading);
      return;
    case 'compaction_trigger':
      if (isLast) messages.addUser([{ type: 'text', text: COMPACTION_INSTRUCTION }]);
      else ignored.add('input:compaction_trigger');
      return;
    case 'item_reference':
      parseReference(item, path, ignored);
      return;
    default:
      if (typeof type !== 'string' || type === '') {
        const given = type === '' ? 'an empty string' : nameOf(type);
        throw invalidRequest(`${path}.type`, `Expected an item type, got ${given}.`);
      }
      if (parseHostedItem(item, type, path, reading)) return;
      if (parseMcpItem(item, type, path, reading, carriedOut)) return;
      // A client is ahead of this gateway: refused, the item would end the conversation it stands in.
      if (isMessage(item)) parseMessage(item, path, { ...reading, leavesNotes: true });
      else ignored.add(`input:${printableName(type)}`);
  }
}

function typeOf(item: RawObject): unknown {
  const type = item.type ?? undefined;
  if (type !== undefined) return type;
  if (item.role !== undefined) return 'message';
  return typeof item.id === 'string' ? 'item_reference' : undefined;
}

/** Without its summary the conversation can still go on, from the user's messages; refused, it could not. */
function addCompaction(item: RawObject, path: string, { messages, envelopes, ignored }: InputReading): void {
  const summary = readCompaction(item, path, envelopes);
  if (summary === null) ignored.add('input:compaction');
  const text = summary === null ? LOST_SUMMARY : introduceSummary(summary);
  messages.addUser([{ type: 'text', text }]);
}

/** Reasoning is no loss that changes the meaning of the rest; anything else is. */
function parseReference({ id }: RawObject, path: string, ignored: Set<string>): void {
  if (typeof id === 'string' && id.startsWith('rs_')) {
    ignored.add('input:item_reference');
    return;
  }
  if (typeof id !== 'string') throw invalidRequest(`${path}.id`, 'Expected the id of an item.');
  throw new GatewayError('item_not_found', {
    param: 'input',
    message:
      `Item with id '${id}' not found. Items are not stored, so they cannot be referenced: ` +
      `send the item itself (store: false). (${path})`,
  });
}
