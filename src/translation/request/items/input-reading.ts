import type { Envelopes } from '../../../sealing/envelopes.js';
import type { MessageBuilder } from '../message-builder.js';
import type { ContentReading } from '../parse-content.js';
import type { ToolTable } from '../../vocabulary/tool-table.js';

/** What the items of an input are read with, and into. */
export interface InputReading extends ContentReading {
  messages: MessageBuilder;
  tools: ToolTable;
  envelopes: Envelopes;
}
