import type { ChatModel } from '../contracts/chat-completions.js';
import { hashText } from '../contracts/hash-text.js';
import type { UpstreamEntry } from '../gateway-file/upstream-entry.js';
import { RunningList } from '../request/running-list.js';
import type { Choosable } from './choose-server.js';
import type { HttpUpstreamClient } from './http-upstream.client.js';
import type { ServerHealth } from './server-health.js';
import type { UpstreamKey } from './upstream-key.js';
import type { UpstreamTarget } from './upstream-target.js';
import type { UpstreamOptions } from './upstream.client.js';

/** A request that waits for the first word of its answer. */
export interface Waiting {
  /** Its place in the list of those that wait. */
  slot: number;
  /** Goes to another server, where it may and there is one. */
  move(): void;
}

/** A model server at work: what it is answering, and what is known of it. */
export class UpstreamServer implements Choosable {
  inFlight = 0;
  queued = 0;
  /** Null where there is no other. */
  health: ServerHealth | null = null;
  /** Nobody has looked yet which models it has. */
  isNew = true;
  readonly seed: number;
  private readonly waiting = new RunningList<Waiting>();
  private listed: readonly ChatModel[] = [];
  private listedIds: ReadonlySet<string> = new Set();
  private listedAt = -Infinity;
  private listing: Promise<readonly ChatModel[]> | null = null;
  private whenIdle: (() => void) | null = null;

  constructor(
    private entry: UpstreamEntry,
    readonly target: UpstreamTarget,
    readonly key: UpstreamKey,
    readonly client: HttpUpstreamClient,
  ) {
    this.seed = hashText(entry.name);
  }

  get name(): string {
    return this.entry.name;
  }

  /** The name that requests are logged with: alone, a server that was given none is called by its address. */
  get label(): string {
    return this.health ? this.name : this.target.name;
  }

  get weight(): number {
    return this.entry.weight ?? 1;
  }

  get maxInFlight(): number {
    return this.entry.maxInFlight ?? Infinity;
  }

  /** Whether it gets requests like any other. */
  get isUp(): boolean {
    return this.health?.isUp ?? true;
  }

  /** Whether an entry names this very server, to be reached in the same way. */
  isAt({ name, baseUrl, apiKey, apiKeyFile }: UpstreamEntry): boolean {
    const { entry } = this;
    return (
      entry.name === name &&
      entry.baseUrl === baseUrl &&
      entry.apiKey === apiKey &&
      entry.apiKeyFile === apiKeyFile
    );
  }

  /** Takes over what may change while it works. */
  adjust(entry: UpstreamEntry): void {
    this.entry = entry;
    this.target.preset = entry.preset;
  }

  /** Counts a request, until what is returned is called. */
  hold(): () => void {
    this.inFlight += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.inFlight -= 1;
      if (this.inFlight === 0) this.whenIdle?.();
    };
  }

  /** The request waits for its answer to begin, until what is returned is called. */
  addWaiting(request: Waiting): () => void {
    this.waiting.add(request);
    return () => {
      this.waiting.delete(request);
    };
  }

  /** Sends those who wait for an answer elsewhere. */
  moveWaiting(): void {
    for (const request of this.waiting.copy()) request.move();
  }

  /** Gets no more requests; calls back when it has answered those that it has. */
  retire(whenIdle: () => void): void {
    if (this.inFlight === 0) whenIdle();
    else this.whenIdle = whenIdle;
  }

  /** The models it listed last; none where it never did. */
  get models(): readonly ChatModel[] {
    return this.listed;
  }

  /** Whether its models are known. */
  get hasListed(): boolean {
    return this.listed.length > 0;
  }

  isListOlderThan(ms: number): boolean {
    return performance.now() - this.listedAt > ms;
  }

  /** What is not known to be missing may be there. Of a new server it is known in a moment. */
  mayHave(model: string): boolean {
    return this.hasListed ? this.listedIds.has(model) : !this.isNew;
  }

  /** Asks for its models, once at a time, and remembers them; not those of a caller. */
  listModels(options?: UpstreamOptions): Promise<readonly ChatModel[]> {
    if (options?.credentials !== undefined) return this.client.listModels(options);
    this.listing ??= this.refreshModels().finally(() => {
      this.listing = null;
    });
    return this.listing;
  }

  private async refreshModels(): Promise<readonly ChatModel[]> {
    this.listed = await this.client.listModels();
    this.listedIds = new Set(this.listed.map(({ id }) => id));
    this.listedAt = performance.now();
    return this.listed;
  }
}
