import type { Observer } from 'rxjs';
import { toGatewayError } from '../errors/gateway-error.js';
import type { RequestReport } from '../request/request-report.js';
import { readUsageAtEnd, USAGE_WITHIN_BYTES } from './read-usage-at-end.js';

/** Notes for the report what can be known of an answer that is not parsed. */
export class AnswerWatcher implements Observer<Buffer> {
  /** The last reads, which together hold what usage may stand in. */
  private readonly reads: Buffer[] = [];
  private kept = 0;

  constructor(private readonly report: RequestReport) {}

  next(bytes: Buffer): void {
    this.report.firstOutputAt ??= performance.now();
    this.reads.push(bytes);
    this.kept += bytes.length;
    while (this.kept - this.firstLength >= USAGE_WITHIN_BYTES) {
      this.kept -= this.firstLength;
      this.reads.shift();
    }
  }

  complete(): void {
    this.report.outcome = 'completed';
    this.report.usage = readUsageAtEnd(Buffer.concat(this.reads).subarray(-USAGE_WITHIN_BYTES));
  }

  error(reason: unknown): void {
    const error = toGatewayError(reason);
    this.report.outcome = 'failed';
    this.report.cause = error.cause ?? error;
  }

  private get firstLength(): number {
    return this.reads[0]?.length ?? 0;
  }
}
