/** Stands for all names that are not told apart. */
export const OTHER = 'other';

/**
 * Names that callers can choose, as values of a label: each of them is a series of its own, for good. The first ones are told
 * apart, all further ones are counted together.
 */
export class BoundedNames {
  private readonly known = new Set<string>();

  constructor(private readonly limit: number) {}

  /** @param isProven false: what nobody has answered to yet gets no series of its own */
  labelOf(name: string, isProven: boolean): string {
    if (name === '' || this.known.has(name)) return name;
    if (!isProven || this.known.size >= this.limit) return OTHER;
    this.known.add(name);
    return name;
  }
}
