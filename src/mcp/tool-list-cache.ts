import type { ServedTool } from '../tools/tool-session.js';
import { sizeOfTools } from './read-tools.js';

const LIFE_MS = 60_000;
const MAX_ENTRIES = 256;
const MAX_CHARACTERS = 16_777_216;

interface Entry {
  tools: readonly ServedTool[];
  size: number;
  until: number;
}

/** Lists of tools, for a minute; the oldest give way to new ones. */
export class ToolListCache {
  private readonly entries = new Map<string, Entry>();
  private size = 0;

  constructor(private readonly now: () => number = Date.now) {}

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

  private remove(key: string): void {
    this.size -= this.entries.get(key)?.size ?? 0;
    this.entries.delete(key);
  }
}
