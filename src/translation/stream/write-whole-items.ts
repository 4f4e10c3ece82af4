import type {
  McpApprovalRequestItem,
  OutputItem,
  ToolSearchCallItem,
  ToolSearchOutputItem,
} from '../../contracts/responses-api.js';
import type { IdPrefix } from '../../ids/id-generator.js';
import type { FoundTools } from '../tool-search/search-tools.js';
import type { Segment } from '../vocabulary/segment.js';
import type { ToolBinding } from '../vocabulary/tool-table.js';
import { announceItem, finishItem, type StreamOutput } from './item-writer.js';

type WholeSegment = Extract<Segment, { kind: 'approval-request' | 'tool-search' }>;
type WriteItem = (output: StreamOutput, id: string, outputIndex: number) => OutputItem;

/** The items of what is whole when it comes, each to be written at once. */
export function listWholeItems(segment: WholeSegment): { prefix: IdPrefix; write: WriteItem }[] {
  if (segment.kind === 'approval-request') {
    return [
      {
        prefix: 'mcpr',
        write: (...place) => writeApprovalRequest(...place, segment.tool, segment.arguments),
      },
    ];
  }
  return [
    { prefix: 'tsc', write: (...place) => writeSearchCall(...place, segment.found) },
    { prefix: 'tso', write: (...place) => writeSearchOutput(...place, segment.found) },
  ];
}

/** Writes an mcp_approval_request item, which is whole when it is announced. */
function writeApprovalRequest(
  output: StreamOutput,
  id: string,
  outputIndex: number,
  { name, namespace }: Pick<ToolBinding, 'name' | 'namespace'>,
  argumentsText: string,
): McpApprovalRequestItem {
  const item = {
    type: 'mcp_approval_request' as const,
    id,
    arguments: argumentsText.toWellFormed(),
    name,
    server_label: namespace ?? '',
  };
  announceItem(output, outputIndex, item);
  return finishItem(output, outputIndex, item);
}

function writeSearchCall(
  output: StreamOutput,
  id: string,
  outputIndex: number,
  { paths }: FoundTools,
): ToolSearchCallItem {
  const item = { type: 'tool_search_call' as const, id, call_id: null, execution: 'server' as const };
  announceItem(output, outputIndex, { ...item, arguments: {}, status: 'in_progress' });
  return finishItem(output, outputIndex, { ...item, arguments: { paths }, status: 'completed' });
}

function writeSearchOutput(
  output: StreamOutput,
  id: string,
  outputIndex: number,
  { tools }: FoundTools,
): ToolSearchOutputItem {
  const item = { type: 'tool_search_output' as const, id, call_id: null, execution: 'server' as const };
  announceItem(output, outputIndex, { ...item, tools: [], status: 'in_progress' });
  return finishItem(output, outputIndex, { ...item, tools, status: 'completed' });
}
