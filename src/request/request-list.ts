import type { RequestContext } from './request-context.js';

/**
 * The requests in progress. A long-lived Set that changes with every request leaves hash tables in V8's old generation that retain
 * finished requests: garbage collection took longer than answering.
 */
export class RequestList {
  private readonly contexts: RequestContext[] = [];

  get size(): number {
    return this.contexts.length;
  }

  add(context: RequestContext): void {
    if (context.slot >= 0) return;
    context.slot = this.contexts.length;
    this.contexts.push(context);
  }

  /** Fills the gap with the last one. */
  delete(context: RequestContext): void {
    if (this.contexts[context.slot] !== context) return;
    const last = this.contexts.pop();
    if (last && last !== context) {
      this.contexts[context.slot] = last;
      last.slot = context.slot;
    }
    context.slot = -1;
  }

  copy(): RequestContext[] {
    return [...this.contexts];
  }
}
