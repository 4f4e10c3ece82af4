import type { HostedCallItem, HostedKind } from '../../contracts/hosted-tools-api.js';
import type { IdPrefix } from '../../ids/id-generator.js';
import { readGiven } from '../hosted-tools/hosted-arguments.js';
import { readPages, type WebPage } from '../hosted-tools/read-pages.js';
import { readJsonObject } from '../read-json-object.js';
import type { CallOutcome } from '../vocabulary/segment.js';
import {
  codeOf,
  HOSTED_FORMS,
  type HostedCall,
  type HostedDisplay,
  type HostedForm,
} from './hosted-forms.js';
import {
  announceItem,
  emitOfItem,
  finishItem,
  type ServedCallWriter,
  type StreamOutput,
} from './item-writer.js';

/** Writes the item of a hosted tool: what it is called with, once that is whole, and what it has come to. */
export class HostedCallWriter implements ServedCallWriter {
  readonly id: string;
  private readonly form: HostedForm;
  private text = '';
  private given: readonly string[] | null = null;
  private found: WebPage[] = [];

  constructor(
    private readonly output: StreamOutput,
    nextId: (prefix: IdPrefix) => string,
    private readonly kind: HostedKind,
    readonly outputIndex: number,
    private readonly display: HostedDisplay,
  ) {
    this.form = HOSTED_FORMS[kind];
    this.id = nextId(this.form.prefix);
    announceItem(output, outputIndex, this.item('in_progress'));
    emitOfItem(this.output, this, { type: this.form.started });
  }

  /** What a web search has found. */
  get pages(): readonly WebPage[] {
    return this.found;
  }

  writeText(text: string): void {
    this.text += text;
  }

  endArguments(): void {
    if (this.given !== null) return;
    this.given = readGiven(this.kind, readJsonObject(this.text) ?? {});
    if (this.kind === 'code_interpreter') this.emitCode(codeOf(this.given));
    emitOfItem(this.output, this, { type: this.form.working });
  }

  finish({ output, error }: CallOutcome): HostedCallItem {
    this.endArguments();
    if (error) return finishItem(this.output, this.outputIndex, this.item('failed'));
    if (this.kind === 'web_search') this.found = readPages(output ?? '');
    emitOfItem(this.output, this, { type: this.form.completed });
    return finishItem(this.output, this.outputIndex, this.item('completed', output ?? ''));
  }

  close(): HostedCallItem {
    return finishItem(this.output, this.outputIndex, this.item('incomplete'));
  }

  private emitCode(code: string): void {
    if (code !== '')
      emitOfItem(this.output, this, { type: 'response.code_interpreter_call_code.delta', delta: code });
    emitOfItem(this.output, this, { type: 'response.code_interpreter_call_code.done', code });
  }

  private item(status: HostedCall['status'], output: string | null = null): HostedCallItem {
    const { responseId, shown } = this.display;
    return this.form.item({
      id: this.id,
      status,
      given: this.given,
      output: shown.has(this.kind) ? output : null,
      responseId,
    });
  }
}
