import type { ResponseObject } from '../../contracts/responses-api.js';
import type { RunClient } from '../run/run-client.js';

/** The client of a background answer whose events nobody reads: it waits for the end. */
export class NoReader implements RunClient {
  readonly hasBegun = true;
  readonly written: Promise<void>;
  result: ResponseObject | null = null;
  private finish!: () => void;

  constructor() {
    this.written = new Promise((resolve) => (this.finish = resolve));
  }

  next(): void {
    // The response at the end has it all.
  }

  end(response: ResponseObject | null): void {
    this.result = response;
    this.finish();
  }

  refuse(): void {
    // It has begun, so nobody does.
  }
}
