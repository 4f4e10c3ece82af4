import type { McpConnection } from './mcp-connection.js';
import { raceSignal } from './race-signal.js';

/** One connection for all who ask: opened with the first use, and again with the next one after it was lost. */
export class ConnectionHolder {
  private opening: Promise<McpConnection> | null = null;
  private readonly ended = new AbortController();

  /** @param open is aborted when the holder is closed, never by one of those who wait */
  constructor(private readonly open: (signal: AbortSignal) => Promise<McpConnection>) {}

  /** @throws McpFailure; the reason of the signal when that is aborted */
  get(signal: AbortSignal): Promise<McpConnection> {
    this.opening ??= this.begin();
    return raceSignal(this.opening, signal);
  }

  /** The next one who asks gets another; whatever others do with this one goes on. */
  async drop(connection: McpConnection): Promise<void> {
    const { opening } = this;
    const current = await opening?.catch(() => null);
    if (current === connection && this.opening === opening) this.opening = null;
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.ended.abort();
    const connection = await this.opening?.catch(() => null);
    await connection?.close();
  }

  private begin(): Promise<McpConnection> {
    const opening = this.open(this.ended.signal);
    const forget = (): void => {
      if (this.opening === opening) this.opening = null;
    };
    opening.then((connection) => {
      connection.onClose(forget);
    }, forget);
    return opening;
  }
}
