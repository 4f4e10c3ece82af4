/** All variables of the process and of `.env`, also those that are nobody's: a file may name any of them. */
export class GivenVariables {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /** @returns undefined also for an empty one: that counts as unset everywhere */
  get(name: string): string | undefined {
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  }
}
