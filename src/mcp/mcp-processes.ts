import type { PinoLogger } from 'nestjs-pino';
import type { GivenVariables } from '../config/given-variables.js';
import type { McpServerEntry } from '../gateway-file/mcp-server-entry.js';
import { ConnectionHolder } from './connection-holder.js';
import { McpConnection } from './mcp-connection.js';
import type { SessionLimits } from './mcp-session.js';
import { StdioTransport } from './stdio-transport.js';

const INHERITED = ['PATH', 'HOME'];

/** The programs of CONFIG_FILE: one process for each, which all answers share, from its first use on. */
export class McpProcesses {
  /** By what CONFIG_FILE says of it: a changed entry is another program. */
  private readonly holders = new Map<string, ConnectionHolder>();

  constructor(
    private readonly limits: SessionLimits,
    private readonly variables: GivenVariables,
    private readonly logger: PinoLogger,
  ) {}

  of(entry: McpServerEntry): ConnectionHolder {
    const key = JSON.stringify(entry);
    const known = this.holders.get(key);
    if (known) return known;
    const holder = new ConnectionHolder((signal) => this.start(entry, signal));
    this.holders.set(key, holder);
    return holder;
  }

  /** Ends those that are not among these. */
  async keep(entries: readonly McpServerEntry[]): Promise<void> {
    const kept = new Set(entries.map((entry) => JSON.stringify(entry)));
    const gone = [...this.holders].filter(([key]) => !kept.has(key));
    for (const [key] of gone) this.holders.delete(key);
    await Promise.all(gone.map(([, holder]) => holder.close()));
  }

  private async start(entry: McpServerEntry, signal: AbortSignal): Promise<McpConnection> {
    const { label, command = '', args = [], env = {} } = entry;
    const inherited = INHERITED.flatMap((name) => {
      const value = this.variables.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const environment = { ...Object.fromEntries(inherited), ...env };
    const { listMs, maxBytes } = this.limits;
    const transport = new StdioTransport({ command, args, environment, maxBytes });
    const connection = await McpConnection.open(transport, listMs, signal);
    connection.onClose(() => {
      if (!signal.aborted)
        this.logger.warn(`MCP server ${label}: its process has ended; the next use starts it again`);
    });
    return connection;
  }
}
