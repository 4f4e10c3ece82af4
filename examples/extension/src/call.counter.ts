import { Injectable } from '@nestjs/common';
import { type Call, CallObserver } from 'responses-gateway';

/** How many calls have ended how, by their route: `/v1/responses completed`. */
@Injectable()
export class CallCounter extends CallObserver {
  private readonly counts = new Map<string, number>();

  override ended({ route, status, context }: Call): void {
    const ending = `${route} ${context.report.outcome ?? status}`;
    this.counts.set(ending, (this.counts.get(ending) ?? 0) + 1);
  }

  read(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
