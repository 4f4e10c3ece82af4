export interface FamilyOptions {
  names: readonly string[];
  models?: RegExp;
  needsSpecialTokens?: boolean;
}

const REMEMBERED_MODELS = 1_000;

/** Parsers of one kind, found by their own names or by the names of models. */
export class ParserFamilies<F> {
  private readonly byName = new Map<string, { family: F; options: FamilyOptions }>();
  private readonly byModel = new Map<string, string | null>();

  add(options: FamilyOptions, family: F): void {
    for (const name of options.names) this.byName.set(name, { family, options });
  }

  get names(): string[] {
    return [...this.byName.keys()].sort();
  }

  find(name: string): F | undefined {
    return this.byName.get(name)?.family;
  }

  /** @param setting a name, `auto`, or null for none */
  knows(setting: string | null): boolean {
    return setting === null || setting === 'auto' || this.byName.has(setting);
  }

  needsSpecialTokens(name: string): boolean {
    return this.byName.get(name)?.options.needsSpecialTokens ?? false;
  }

  /**
   * The parser that a setting stands for.
   *
   * @param setting a name, `auto`, or null for none
   * @returns null when there is none, or none is known for the model
   */
  choose(setting: string | null, model: string): string | null {
    return setting === 'auto' ? this.recall(model) : setting;
  }

  /** Clients name the models: what is remembered of them is bounded. */
  private recall(model: string): string | null {
    let name = this.byModel.get(model);
    if (name === undefined) {
      if (this.byModel.size >= REMEMBERED_MODELS) this.byModel.clear();
      name = this.forModel(model);
      this.byModel.set(model, name);
    }
    return name;
  }

  /** Of several families that claim a model, the one that claims it by the longest part of its name. */
  private forModel(model: string): string | null {
    let best: string | null = null;
    let longest = 0;
    for (const [name, { options }] of this.byName) {
      const length = options.models?.exec(model)?.[0].length ?? 0;
      if (length <= longest) continue;
      best = name;
      longest = length;
    }
    return best;
  }
}
