import type { Envelopes } from '../../../envelopes/envelopes.js';
import type { MessageBuilder } from '../message-builder.js';
import type { ContentReading } from '../parse-content.js';
import type { ToolTable } from '../tools/tool-table.js';

/** What the items of an input are read with, and into. */
export interface InputReading extends ContentReading {
  messages: MessageBuilder;
  tools: ToolTable;
  envelopes: Envelopes;
}
