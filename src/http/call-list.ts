import type { CallContext } from '../call/call-context.js';

/**
 * The calls that are running. A Set would do, but one that lives long and changes with every request leaves behind tables in
 * V8's old generation that hold on to requests long gone: collecting garbage took longer than answering.
 */
export class CallList {
  private readonly calls: CallContext[] = [];

  get size(): number {
    return this.calls.length;
  }

  add(call: CallContext): void {
    if (call.slot >= 0) return;
    call.slot = this.calls.length;
    this.calls.push(call);
  }

  /** The last call takes the place of the one that leaves. */
  delete(call: CallContext): void {
    if (this.calls[call.slot] !== call) return;
    const last = this.calls.pop();
    if (last && last !== call) {
      this.calls[call.slot] = last;
      last.slot = call.slot;
    }
    call.slot = -1;
  }

  copy(): CallContext[] {
    return [...this.calls];
  }
}
