import type { IdPrefix } from '../../ids/id-generator.js';
import { ActionCallWriter, type ActionForm } from './action-call-writer.js';
import { COMPUTER_FORM, COMPUTER_PREVIEW_FORM, LOCAL_SHELL_FORM, SHELL_FORM } from './action-forms.js';
import type { Segment } from '../vocabulary/segment.js';
import { CustomCallWriter } from './custom-call-writer.js';
import { FunctionCallWriter } from './function-call-writer.js';
import type { CallWriter, StreamOutput } from './item-writer.js';
import { PatchCallWriter } from './patch-call-writer.js';
import { ToolSearchWriter } from './tool-search-writer.js';

export type CallStart = Extract<Segment, { kind: 'call-start' }>;

/** The writer for the kind of tool that is called; a tool the client never declared is answered as a plain function. */
export function openCallWriter(
  output: StreamOutput,
  { name, tool, patch }: CallStart,
  nextId: (prefix: IdPrefix) => string,
  outputIndex: number,
): CallWriter {
  const openAction = <A>(form: ActionForm<A>): CallWriter =>
    new ActionCallWriter(output, form, nextId(form.prefix), nextId('call'), outputIndex);
  switch (tool?.kind) {
    case 'custom':
      return new CustomCallWriter(output, nextId('ctc'), nextId('call'), tool, outputIndex);
    case 'tool_search':
      return new ToolSearchWriter(output, nextId('tsc'), nextId('call'), outputIndex);
    case 'apply_patch':
      return new PatchCallWriter(output, nextId('apc'), nextId('call'), patch, outputIndex);
    case 'shell':
      return openAction(SHELL_FORM);
    case 'local_shell':
      return openAction(LOCAL_SHELL_FORM);
    case 'computer':
      return openAction(COMPUTER_FORM);
    case 'computer_use_preview':
      return openAction(COMPUTER_PREVIEW_FORM);
    default:
      return new FunctionCallWriter(
        output,
        nextId('fc'),
        nextId('call'),
        tool ?? { name: name.toWellFormed(), namespace: null },
        outputIndex,
      );
  }
}
