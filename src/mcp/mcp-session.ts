import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { RawObject } from '../contracts/raw-object.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ServedTool, ToolCallOptions, ToolOutcome, ToolSession } from '../tools/tool-session.js';
import type { ConnectionHolder } from './connection-holder.js';
import { listTools } from './list-tools.js';
import type { McpConnection } from './mcp-connection.js';
import { McpFailure } from './mcp-failure.js';
import { readResult } from './read-result.js';
import { type Headers, hiderOf } from './request-headers.js';
import type { ToolListCache } from './tool-list-cache.js';

/** What a session has to know of its server. */
export interface SessionServer {
  label: string;
  /** Tells servers, and who asks them, from others. */
  identity: readonly unknown[];
  /** What it is asked with: values that must not come back. */
  headers: Headers;
  /** Null: all. */
  allowedTools: readonly string[] | null;
  connections: ConnectionHolder;
  /** Whether others use its connection too. */
  isShared: boolean;
}

export interface SessionLimits {
  /** Of a list, ms. */
  listMs: number;
  /** Of a call without progress, ms. */
  callMs: number;
  /** Of a list in all its pages. */
  maxBytes: number;
  /** Of an image of a result, decoded. */
  maxImageBytes: number;
}

/** Of a call that shows progress again and again, in its limits. */
const MOST_LIMITS = 10;
const MAX_MESSAGE_CHARACTERS = 1_000;
const INVALID_PARAMS = -32_602;

/** The tools of one MCP server for one answer. */
export class McpSession implements ToolSession {
  private readonly ended = new AbortController();
  private readonly key: string;
  private readonly hide: (text: string) => string;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly server: SessionServer,
    private readonly limits: SessionLimits,
    private readonly lists: ToolListCache,
  ) {
    // Calls of one turn run at the same time, each with a listener or two.
    setMaxListeners(0, this.ended.signal);
    this.hide = hiderOf(server.headers);
    this.key = createHash('sha256').update(JSON.stringify(server.identity)).digest('base64');
  }

  async list(signal: AbortSignal): Promise<readonly ServedTool[]> {
    const stop = AbortSignal.any([signal, this.ended.signal]);
    try {
      return this.allowedOf(await this.lists.load(this.key, stop, () => this.askForList(stop)));
    } catch (error) {
      signal.throwIfAborted();
      throw this.listError(asFailure(error));
    }
  }

  async call(name: string, args: RawObject, { signal }: ToolCallOptions): Promise<ToolOutcome> {
    signal.throwIfAborted();
    if (!this.isAllowed(name)) {
      const message = 'There is no such tool.';
      return { output: null, error: { type: 'mcp_protocol_error', code: INVALID_PARAMS, message } };
    }
    const { callMs } = this.limits;
    const limits = { timeoutMs: callMs, totalMs: callMs * MOST_LIMITS };
    try {
      const result = await this.use(signal, (connection, stop) =>
        connection.request('tools/call', { name, arguments: args }, limits, stop),
      );
      return readResult(result, { hide: this.hide, maxImageBytes: this.limits.maxImageBytes });
    } catch (error) {
      signal.throwIfAborted();
      return { output: null, error: this.tellable(asFailure(error)) };
    }
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.ended.abort();
    if (!this.server.isShared) await this.server.connections.close();
  }

  private async askForList(signal: AbortSignal): Promise<readonly ServedTool[]> {
    const { listMs, maxBytes } = this.limits;
    const limit = AbortSignal.timeout(listMs);
    try {
      return await this.use(AbortSignal.any([signal, limit]), (connection, stop) =>
        listTools(connection, { timeoutMs: listMs, totalMs: listMs }, { maxBytes, hide: this.hide }, stop),
      );
    } catch (error) {
      throw limit.aborted ? McpFailure.late() : error;
    }
  }

  /** A server that has forgotten the session, as it restarted for example, has done nothing: it is asked once more in a new one. */
  private async use<T>(
    signal: AbortSignal,
    work: (connection: McpConnection, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const stop = AbortSignal.any([signal, this.ended.signal]);
    const { connections } = this.server;
    const connection = await connections.get(stop);
    try {
      return await work(connection, stop);
    } catch (error) {
      if (!isForgotten(error) || !connection.hasSession) throw error;
      await connections.drop(connection);
      return work(await connections.get(stop), stop);
    }
  }

  private isAllowed(name: string): boolean {
    return this.server.allowedTools?.includes(name) ?? true;
  }

  private allowedOf(tools: readonly ServedTool[]): readonly ServedTool[] {
    return tools.filter(({ name }) => this.isAllowed(name));
  }

  private listError(failure: McpFailure): GatewayError {
    return new GatewayError('external_connector_error', {
      message: `Error retrieving tool list from MCP server: '${this.server.label}'. Http status code: ${failure.status}`,
      param: 'tools',
      cause: this.tellable(failure).message,
    });
  }

  private tellable({ error }: McpFailure): McpFailure['error'] {
    return { ...error, message: this.hide(error.message).slice(0, MAX_MESSAGE_CHARACTERS) };
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof McpFailure && error.error.type === 'http_error' && error.error.code === 404;
}

function asFailure(error: unknown): McpFailure {
  return error instanceof McpFailure ? error : McpFailure.ofAnswer('The MCP server could not be reached.');
}
