const AT_ONCE = 32;

interface Waiting<T> {
  value: T;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Has what is to be written at about the same moment written together: a transaction costs more than the rows in it. */
export class GroupedWrites<T> {
  private readonly waiting: Waiting<T>[] = [];
  private running = 0;
  private isDue = false;

  /**
   * @param write writes all of them or none
   * @param parallel how many groups are written at a time
   */
  constructor(
    private readonly write: (values: readonly T[]) => Promise<unknown>,
    private readonly parallel: number,
  ) {}

  /** Resolves once it is written; rejects with what the whole group has failed of. */
  add(value: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ value, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isDue || this.running === this.parallel || this.waiting.length === 0) return;
    this.isDue = true;
    setImmediate(() => void this.writeGroup());
  }

  private async writeGroup(): Promise<void> {
    const group = this.waiting.splice(0, AT_ONCE);
    this.isDue = false;
    this.running++;
    this.schedule();
    try {
      await this.write(group.map(({ value }) => value));
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    this.running--;
    this.schedule();
  }
}
