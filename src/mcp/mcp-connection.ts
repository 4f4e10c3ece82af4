import type { Client, Transport } from '@modelcontextprotocol/client';
import { readOwnPackage } from '../extension/own-package.js';
import { McpFailure } from './mcp-failure.js';
import { raceSignal } from './race-signal.js';

type Sdk = typeof import('@modelcontextprotocol/client');

/** How long a request may take, ms. */
export interface RequestLimits {
  /** Without a sign of progress. */
  timeoutMs: number;
  /** In all, however much progress there is. */
  totalMs: number;
}

const NAME = 'responses-gateway';
const INFO = { name: NAME, version: readOwnPackage().version };
/** Schemas of servers are run nowhere, and results are read by {@link readResult} and others that take whatever comes. */
const TAKES_ALL = {
  '~standard': { version: 1, vendor: NAME, validate: (value: unknown) => ({ value }) },
} as const;
const CHECKS_NOTHING = {
  getValidator: () => (data: unknown) =>
    ({ valid: true, data: data as never, errorMessage: undefined }) as const,
};

/** A client of the protocol that has said `initialize` to one server. It takes no questions from it: neither sampling nor elicitation. */
export class McpConnection {
  private isOpen = true;
  private readonly listeners: (() => void)[] = [];

  private constructor(
    private readonly sdk: Sdk,
    private readonly client: Client,
    private readonly transport: Transport,
  ) {
    client.onclose = () => {
      this.isOpen = false;
      for (const listener of this.listeners.splice(0)) listener();
    };
  }

  /**
   * @param signal also ends what the transport has begun
   * @throws McpFailure when there is no connection in time; the reason of the signal when that is aborted
   */
  static async open(transport: Transport, timeoutMs: number, signal: AbortSignal): Promise<McpConnection> {
    signal.throwIfAborted();
    const sdk = await import('@modelcontextprotocol/client');
    const client = new sdk.Client(INFO, { capabilities: {}, jsonSchemaValidator: CHECKS_NOTHING });
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      // Its own timer would not end a transport that hangs as it starts.
      const connecting = client.connect(transport, { timeout: timeoutMs * 2 });
      await raceSignal(connecting, AbortSignal.any([signal, limit]));
      return new McpConnection(sdk, client, transport);
    } catch (error) {
      await transport.close();
      signal.throwIfAborted();
      throw limit.aborted ? McpFailure.late() : toFailure(error, sdk);
    }
  }

  /** Calls back when it can no longer be used. */
  onClose(listener: () => void): void {
    if (this.isOpen) this.listeners.push(listener);
    else listener();
  }

  /** Whether the server keeps something for it, which it may lose. */
  get hasSession(): boolean {
    return this.transport.sessionId !== undefined;
  }

  /** @throws McpFailure; the reason of the signal when that is aborted: the server is told */
  async request(
    method: string,
    params: Record<string, unknown>,
    { timeoutMs, totalMs }: RequestLimits,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const limit = AbortSignal.timeout(totalMs);
    try {
      const result = await this.client.request({ method, params }, TAKES_ALL, {
        signal: AbortSignal.any([signal, limit]),
        timeout: timeoutMs,
        resetTimeoutOnProgress: true,
        onprogress: () => undefined,
      });
      return result as Record<string, unknown>;
    } catch (error) {
      signal.throwIfAborted();
      throw limit.aborted ? McpFailure.late() : toFailure(error, this.sdk);
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.client.close().catch(() => undefined);
    await this.transport.close().catch(() => undefined);
  }
}

function toFailure(error: unknown, { ProtocolError, SdkError, SdkErrorCode }: Sdk): McpFailure {
  if (error instanceof McpFailure) return error;
  if (error instanceof ProtocolError)
    return new McpFailure({ type: 'mcp_protocol_error', code: error.code, message: error.message });
  if (error instanceof SdkError) {
    if (error.code === SdkErrorCode.RequestTimeout) return McpFailure.late();
    if (error.code === SdkErrorCode.ConnectionClosed)
      return McpFailure.ofAnswer('The MCP server has closed the connection.');
    return McpFailure.ofAnswer("The MCP server's answer is not of the protocol.");
  }
  // What is thrown here names hosts and addresses.
  return McpFailure.ofAnswer('The MCP server could not be reached.');
}
