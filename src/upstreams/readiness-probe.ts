import { Client } from 'undici';
import type { UpstreamTarget } from './upstream-target.js';

const TIMEOUT_MS = 2_000;

/**
 * Checks whether a model server is up, on a separate connection: those of the pool may all be busy, and an idle one may be about
 * to be closed.
 */
export class ReadinessProbe {
  private readonly client: Client;

  constructor(private readonly target: UpstreamTarget) {
    this.client = new Client(target.origin, {
      // None: no connection is kept.
      pipelining: 0,
      connect: { timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  /** Any answer below 500 counts: a server that asks for a key is there. */
  async isReady(headers: Record<string, string>): Promise<boolean> {
    try {
      const path = `${this.target.basePath}/models`;
      const { statusCode, body } = await this.client.request({ method: 'GET', path, headers });
      await body.dump();
      return statusCode < 500;
    } catch {
      return false;
    }
  }

  async destroy(): Promise<void> {
    await this.client.destroy();
  }
}
