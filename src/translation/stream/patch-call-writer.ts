import type { ApplyPatchCallItem, PatchTarget } from '../../contracts/builtin-tools-api.js';
import type { ItemStatus } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import { announceItem, type CallWriter, emitOfItem, finishItem, type StreamOutput } from './item-writer.js';

/** Of a call that broke off before it named its file. */
const UNKNOWN: PatchTarget = { type: 'update_file', path: '' };

/** Writes an apply_patch_call item: what comes in is the diff, already unwrapped. */
export class PatchCallWriter implements CallWriter {
  /** A diff can always go on: only a `call-end` ends it. */
  readonly isWhole = false;
  /** A call that could be read has had its `call-end`: one that is still open is broken. */
  readonly isBroken = true;
  private readonly written = new DeltaText();

  constructor(
    private readonly output: StreamOutput,
    readonly id: string,
    private readonly callId: string,
    private readonly target: PatchTarget = UNKNOWN,
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, this.item('in_progress'));
  }

  writeText(text: string): void {
    this.send(this.written.add(text));
  }

  close(status: ItemStatus): ApplyPatchCallItem {
    this.send(this.written.end());
    if (this.hasDiff) {
      const diff = this.written.read();
      emitOfItem(this.output, this, { type: 'response.apply_patch_call_operation_diff.done', diff });
    }
    return finishItem(
      this.output,
      this.outputIndex,
      this.item(status === 'completed' ? 'completed' : 'in_progress'),
    );
  }

  private get hasDiff(): boolean {
    return this.target.type !== 'delete_file';
  }

  private send(delta: string): void {
    if (delta === '' || !this.hasDiff) return;
    emitOfItem(this.output, this, { type: 'response.apply_patch_call_operation_diff.delta', delta });
  }

  private item(status: ApplyPatchCallItem['status']): ApplyPatchCallItem {
    const operation = this.hasDiff ? { ...this.target, diff: this.written.read() } : this.target;
    return { type: 'apply_patch_call', id: this.id, call_id: this.callId, operation, status };
  }
}
