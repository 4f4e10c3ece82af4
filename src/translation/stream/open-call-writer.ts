import type { IdPrefix } from '../../ids/id-generator.js';
import type { Segment } from '../vocabulary/segment.js';
import { CustomCallWriter } from './custom-call-writer.js';
import { FunctionCallWriter } from './function-call-writer.js';
import type { CallWriter, StreamOutput } from './item-writer.js';
import { ToolSearchWriter } from './tool-search-writer.js';

export type CallStart = Extract<Segment, { kind: 'call-start' }>;

/** The writer for the kind of tool that is called; a tool the client never declared is answered as a plain function. */
export function openCallWriter(
  output: StreamOutput,
  { name, tool }: CallStart,
  nextId: (prefix: IdPrefix) => string,
  outputIndex: number,
): CallWriter {
  switch (tool?.kind) {
    case 'custom':
      return new CustomCallWriter(output, nextId('ctc'), nextId('call'), tool, outputIndex);
    case 'tool_search':
      return new ToolSearchWriter(output, nextId('tsc'), nextId('call'), outputIndex);
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
