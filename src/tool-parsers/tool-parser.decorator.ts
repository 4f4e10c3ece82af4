import { DiscoveryService } from '@nestjs/core';
import type { FinishReason, Segment } from '../translation/segments/segment.js';
import type { ToolTable } from '../translation/request/tools/tool-table.js';

/** Reads the tool calls out of the raw text of one answer. Pure: no clock, no randomness, no I/O. */
export interface ToolTextParser {
  /**
   * Takes the next piece of text, cut anywhere.
   *
   * @returns what is certain by now; at most a possible start of a marker is held back
   */
  push(text: string): Segment[];
  /** The text is over; returns everything still held, so that not a character is lost. */
  end(reason: FinishReason): Segment[];
}

/**
 * A family of tool-call text. Implement it and mark the class with {@link ToolParser}: it is found wherever a module
 * provides it, there is no list to enter it in.
 *
 * @example
 * @ToolParser({ names: ['my-format'] })
 * export class MyFormatParser implements ToolParserFamily {
 *   create(tools: ToolTable): ToolTextParser { return new MyFormatReader(tools); }
 * }
 */
export interface ToolParserFamily {
  /** @param tools the tools of the turn, with their schemas */
  create(tools: ToolTable): ToolTextParser;
}

/** Marks a class as a tool parser and gives the names it is chosen by. */
export const ToolParser = DiscoveryService.createDecorator<{ names: readonly string[] }>();
