import type { Environment } from '../config/environment.js';
import { within } from '../request/within.js';
import type { UpstreamServer } from './upstream-server.js';

/** A server that is down is looked at more often. */
const DOWN_INTERVAL_MS = 1_000;
/** Of an interval, either way: several gateways are not to ask all at once. */
const JITTER = 0.2;
/** How long a server that is back has to list its models before it gets requests. */
const LIST_MS = 2_000;

/** Asks a server again and again how it is, and which models it has. */
export class ServerWatch {
  /** It is known which models the server has, or that it does not say. */
  readonly lookedFirst: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly server: UpstreamServer,
    private readonly environment: Pick<Environment, 'UPSTREAM_PROBE_INTERVAL_MS' | 'MODELS_CACHE_TTL_MS'>,
  ) {
    this.lookedFirst = this.look();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { server } = this;
    const condition = await server.client.inspect();
    if (condition.state === 'ready') await this.refreshInTime();
    server.isNew = false;
    if (this.isStopped) return;
    server.queued = condition.queued;
    server.health?.takeProbe(condition);
    if (server.health?.isHanging) server.moveWaiting();
    this.timer = setTimeout(() => void this.look(), this.pause());
    this.timer.unref();
  }

  /** Where nothing is known yet it is waited for. */
  private async refreshInTime(): Promise<void> {
    const { hasListed } = this.server;
    const refreshing = this.refreshModels();
    if (!hasListed) await within(refreshing, LIST_MS, undefined);
  }

  private async refreshModels(): Promise<void> {
    if (!this.server.isListOlderThan(this.environment.MODELS_CACHE_TTL_MS)) return;
    try {
      await this.server.listModels();
    } catch {
      // Then what it listed last still holds; the client that asks for the list is told.
    }
  }

  private pause(): number {
    const { UPSTREAM_PROBE_INTERVAL_MS: usual } = this.environment;
    const interval = this.server.health?.isSound ? usual : Math.min(usual, DOWN_INTERVAL_MS);
    return interval * (1 - JITTER + 2 * JITTER * Math.random());
  }
}
