import type { RequestContext } from './request-context.js';

/**
 * The requests that are running. A Set would do, but one that lives long and changes with every request leaves behind tables in
 * V8's old generation that hold on to requests long gone: collecting garbage took longer than answering.
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

  /** The last one takes the place of the one that leaves. */
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
