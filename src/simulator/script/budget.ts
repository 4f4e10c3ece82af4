/** What one made-up value may cost: schemas and patterns are callers' programs, and the simulator runs where the gateway does. */
export class Budget {
  private left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  get isSpent(): boolean {
    return this.left <= 0;
  }

  spend(steps = 1): void {
    this.left -= steps;
  }
}
