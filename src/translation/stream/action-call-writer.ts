import type { ItemStatus, OutputItem } from '../../contracts/responses-api.js';
import type { RawObject } from '../../contracts/raw-object.js';
import type { IdPrefix } from '../../ids/id-generator.js';
import { readJsonObject } from '../read-json-object.js';
import { DeltaText } from './delta-text.js';
import { announceItem, type CallWriter, finishItem, type StreamOutput } from './item-writer.js';

/** What sets the items of one built-in tool apart. */
export interface ActionForm<A> {
  prefix: IdPrefix;
  /** @returns null for arguments that are no action */
  read(given: RawObject): A | null;
  /** @param action null while it is not known */
  item(identity: { id: string; call_id: string }, action: A | null, status: ItemStatus): OutputItem;
  /** The events between those of the item. */
  emitAction?(output: StreamOutput, outputIndex: number, action: A): void;
}

/** Writes the item of a call whose arguments are an action: it comes whole, with the finished item. */
export class ActionCallWriter<A> implements CallWriter {
  private readonly written = new DeltaText();

  constructor(
    private readonly output: StreamOutput,
    private readonly form: ActionForm<A>,
    private readonly id: string,
    private readonly callId: string,
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, this.item(null, 'in_progress'));
  }

  get isWhole(): boolean {
    return this.readAction() !== null;
  }

  get isBroken(): boolean {
    return !this.isWhole;
  }

  writeText(text: string): void {
    this.written.add(text);
  }

  close(status: ItemStatus): OutputItem {
    this.written.end();
    const action = this.readAction();
    if (action !== null) this.form.emitAction?.(this.output, this.outputIndex, action);
    return finishItem(this.output, this.outputIndex, this.item(action, status));
  }

  private readAction(): A | null {
    const given = readJsonObject(this.written.read());
    return given && this.form.read(given);
  }

  private item(action: A | null, status: ItemStatus): OutputItem {
    return this.form.item({ id: this.id, call_id: this.callId }, action, status);
  }
}
