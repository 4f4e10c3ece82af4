import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { isObject, type RawObject } from '../contracts/raw-object.js';
import { McpFailure } from './mcp-failure.js';

const INTERNAL_ERROR = -32_603;

/** @throws McpFailure when it is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw McpFailure.ofAnswer("The MCP server's answer is no JSON.");
  }
}

/**
 * A message as the client of the protocol takes it: what does not fit it would be passed over there, and whoever has asked would wait
 * for nothing.
 *
 * @returns null for what is none
 */
export function readMessage(raw: unknown): JSONRPCMessage | null {
  if (!isObject(raw)) return null;
  const { id, method, params, result, error } = raw;
  const jsonrpc = '2.0';
  if (typeof method === 'string') {
    const body = { jsonrpc, method, ...(isObject(params) && { params }) } as const;
    return isId(id) ? { ...body, id } : body;
  }
  if (!isId(id)) return null;
  if (isObject(error)) return { jsonrpc, id, error: readError(error) };
  if (!isObject(result)) return null;
  const { _meta, ...rest } = result;
  return { jsonrpc, id, result: rest };
}

/** Whether it answers the request of an id. */
export function answers(message: JSONRPCMessage, id: unknown): boolean {
  return !('method' in message) && String(message.id) === String(id);
}

function readError({ code, message }: RawObject): { code: number; message: string } {
  return {
    code: Number.isSafeInteger(code) ? (code as number) : INTERNAL_ERROR,
    message: typeof message === 'string' ? message : '',
  };
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}
