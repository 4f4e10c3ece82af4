import { Client } from 'undici';
import { readQueue } from './read-queue.js';
import type { UpstreamTarget } from './upstream-target.js';

const TIMEOUT_MS = 2_000;
/** Of metrics or of a state of health, more is not read. */
const MAX_READ_BYTES = 1_048_576;

/** How a model server is. */
export interface ServerCondition {
  /** `unreachable`: nobody listens there; `failing`: it does not answer in time, or says that it cannot work. */
  state: 'ready' | 'failing' | 'unreachable';
  /** Requests that wait in its own queue; 0 where it does not say. */
  queued: number;
}

interface ProbeAnswer {
  status: number;
  text: string;
}

/**
 * Checks whether a model server is up, on a separate connection: those of the pool may all be busy, and an idle one may be about
 * to be closed.
 */
export class ReadinessProbe {
  private readonly client: Client;
  /** What the server turned out not to offer is not asked for again. */
  private readonly missing = new Set<string>();

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

  /** Asks for more than that where the server offers it: its own state of health, and its queue. */
  async inspect(headers: Record<string, string>): Promise<ServerCondition> {
    try {
      const health = await this.askIfOffered('/health', headers);
      const isReady = health ? isHealthy(health) : await this.isReady(headers);
      if (!isReady) return { state: 'failing', queued: 0 };
    } catch (error) {
      // What comes back may be another version.
      this.missing.clear();
      const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
      return { state: isRefused ? 'unreachable' : 'failing', queued: 0 };
    }
    return { state: 'ready', queued: await this.readQueue(headers) };
  }

  async destroy(): Promise<void> {
    await this.client.destroy();
  }

  /** A server that is slow to count is not for that reason down. */
  private async readQueue(headers: Record<string, string>): Promise<number> {
    try {
      const metrics = await this.askIfOffered('/metrics', headers);
      return (metrics && readQueue(metrics.text)) ?? 0;
    } catch {
      return 0;
    }
  }

  private async askIfOffered(name: string, headers: Record<string, string>): Promise<ProbeAnswer | null> {
    if (this.missing.has(name)) return null;
    const path = `${this.target.rootPath}${name}`;
    const { statusCode: status, body } = await this.client.request({ method: 'GET', path, headers });
    if (status >= 300 && status < 500) {
      this.missing.add(name);
      await body.dump();
      return null;
    }
    return { status, text: await readText(body) };
  }
}

/** A server that sleeps (LMDeploy's `POST /sleep`) says 200, and refuses every chat. */
function isHealthy({ status, text }: ProbeAnswer): boolean {
  return status < 300 && !/"status"\s*:\s*"sleeping"/.test(text);
}

async function readText(body: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > MAX_READ_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}
