import { type FollowUp, Turn, type TurnOptions } from './turn.js';

/** Sums up an answer that stands: whatever becomes of the summary, the answer ends as well as it is. */
export class SummaryTurn extends Turn {
  /** @param warn is told where there is no summary */
  constructor(
    asked: FollowUp,
    options: TurnOptions,
    private readonly warn: (warning: string) => void,
  ) {
    super(asked, options);
  }

  override end(): FollowUp | null {
    this.finish();
    return null;
  }

  override fail(): void {
    this.finish();
  }

  private finish(): void {
    const { stream } = this.options;
    if (stream.wholeOutput?.at(-1)?.type !== 'compaction') this.warn('not_compacted');
    stream.end();
  }
}
