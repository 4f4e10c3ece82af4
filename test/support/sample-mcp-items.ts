/** Items of tools that the gateway runs, and their events, for the streams of sample-streams.ts. */
import type { Json } from './json.js';

/** How a response shows the tool whose server these items are of. */
export const MCP_TOOL: Json = {
  type: 'mcp',
  server_label: 'world',
  server_url: 'https://world.example/mcp',
  server_description: null,
  allowed_tools: { tool_names: ['weather'], read_only: true },
  headers: null,
  require_approval: { never: { tool_names: ['weather'] } },
};

export function toolList(id: string): Json {
  const tool = {
    name: 'weather',
    description: 'The weather of a place.',
    input_schema: { type: 'object' },
    annotations: { read_only: true },
  };
  return { type: 'mcp_list_tools', id, server_label: 'world', tools: [tool] };
}

export function mcpCall(id: string, args: string, fields: Json): Json {
  return {
    type: 'mcp_call',
    id,
    status: 'completed',
    approval_request_id: null,
    arguments: args,
    error: null,
    name: 'weather',
    output: null,
    server_label: 'world',
    ...fields,
  };
}

/** The events of a list that has failed where it has an error. */
export function listEvents(index: number, item: Json): Json[] {
  const at = { item_id: item.id, output_index: index };
  const { type, id, server_label: label } = item;
  return [
    added(index, { type, id, server_label: label, tools: [] }),
    { type: 'response.mcp_list_tools.in_progress', ...at },
    { type: `response.mcp_list_tools.${'error' in item ? 'failed' : 'completed'}`, ...at },
    done(index, item),
  ];
}

/** The events of a call; of one that is incomplete they end with its arguments. */
export function mcpCallEvents(index: number, item: Json, deltas: string[]): Json[] {
  const at = { item_id: item.id, output_index: index };
  const end = [
    { type: 'response.mcp_call_arguments.done', ...at, arguments: deltas.join('') },
    { type: `response.mcp_call.${String(item.status)}`, ...at },
  ];
  return [
    added(index, { ...item, status: 'in_progress', arguments: '', output: null, error: null }),
    { type: 'response.mcp_call.in_progress', ...at },
    ...deltas.map((delta) => ({ type: 'response.mcp_call_arguments.delta', ...at, delta })),
    ...(item.status === 'incomplete' ? [] : end),
    done(index, item),
  ];
}

export function approvalEvents(index: number, item: Json): Json[] {
  return [added(index, item), done(index, item)];
}

function added(index: number, item: Json): Json {
  return { type: 'response.output_item.added', output_index: index, item };
}

function done(index: number, item: Json): Json {
  return { type: 'response.output_item.done', output_index: index, item };
}
