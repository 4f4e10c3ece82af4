import type { ServedTool } from '../tools/tool-session.js';
import { raceSignal } from './race-signal.js';
import { sizeOfTools } from './read-tools.js';

const LIFE_MS = 60_000;
const MAX_ENTRIES = 256;
const MAX_CHARACTERS = 16_777_216;

interface Entry {
  tools: readonly ServedTool[];
  size: number;
  until: number;
}

/** A list that is being asked for. */
interface Asking {
  tools: Promise<readonly ServedTool[]>;
  /** Of whoever asks. */
  signal: AbortSignal;
}

/** Lists of tools, for a minute; the oldest give way to new ones. */
export class ToolListCache {
  private readonly entries = new Map<string, Entry>();
  private readonly running = new Map<string, Asking>();
  private size = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * The list of a key. Who comes while somebody asks for it waits for what that comes to, a failure too; where whoever asks leaves, the
   * next one asks.
   *
   * @throws whatever `ask` does; the reason of the signal when that is aborted
   */
  async load(
    key: string,
    signal: AbortSignal,
    ask: () => Promise<readonly ServedTool[]>,
  ): Promise<readonly ServedTool[]> {
    for (;;) {
      const known = this.get(key);
      if (known) return known;
      const running = this.running.get(key);
      if (!running) return this.begin(key, signal, ask);
      try {
        return await raceSignal(running.tools, signal);
      } catch (error) {
        if (signal.aborted || !running.signal.aborted) throw error;
      }
    }
  }

  get(key: string): readonly ServedTool[] | null {
    const entry = this.entries.get(key);
    if (entry && entry.until > this.now()) return entry.tools;
    this.remove(key);
    return null;
  }

  set(key: string, tools: readonly ServedTool[]): void {
    this.remove(key);
    const entry = { tools, size: sizeOfTools(tools), until: this.now() + LIFE_MS };
    this.entries.set(key, entry);
    this.size += entry.size;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= MAX_ENTRIES && this.size <= MAX_CHARACTERS) return;
      this.remove(oldest);
    }
  }

  private begin(key: string, signal: AbortSignal, ask: () => Promise<readonly ServedTool[]>) {
    const tools = ask()
      .then((listed) => {
        this.set(key, listed);
        return listed;
      })
      .finally(() => this.running.delete(key));
    this.running.set(key, { tools, signal });
    return tools;
  }

  private remove(key: string): void {
    this.size -= this.entries.get(key)?.size ?? 0;
    this.entries.delete(key);
  }
}
