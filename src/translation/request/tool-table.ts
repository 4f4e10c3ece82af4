/** What a tool was in the client's request, found by the name the model knows it under. */
export interface ToolBinding {
  kind: 'function';
  name: string;
  wireName: string;
  strict: boolean;
  parameters: Record<string, unknown> | null;
}

/** The tools of one turn: wire name -> original tool. */
export class ToolTable {
  private readonly byWireName = new Map<string, ToolBinding>();

  add(binding: ToolBinding): void {
    this.byWireName.set(binding.wireName, binding);
  }

  get size(): number {
    return this.byWireName.size;
  }

  has(wireName: string): boolean {
    return this.byWireName.has(wireName);
  }

  get(wireName: string): ToolBinding | undefined {
    return this.byWireName.get(wireName);
  }

  values(): IterableIterator<ToolBinding> {
    return this.byWireName.values();
  }

  /** The name under which a call of the history is shown to the model. */
  wireName(name: string, namespace: unknown): string {
    return typeof namespace === 'string' && namespace !== '' ? `${namespace}__${name}` : name;
  }
}
