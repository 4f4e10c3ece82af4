import { DiscoveryService } from '@nestjs/core';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';
import type { ToolTable } from '../translation/vocabulary/tool-table.js';

/** Reads the tool calls out of the raw text of one answer. Pure: no clock, no randomness, no I/O. @public */
export interface ToolTextParser {
  /**
   * Takes the next piece of text, cut anywhere.
   *
   * @returns what is certain by now; at most a possible start of a marker is held back
   */
  pushText(text: string): Segment[];
  /** The text is over; returns everything still held, so that not a character is lost. */
  end(reason: FinishReason): Segment[];
  /** How many texts began like a call of an offered tool and could not be read to their end. */
  readonly malformed?: number;
}

/**
 * A family of tool-call text. Implement it and mark the class with {@link ToolParser}: it is found wherever a module
 * provides it, there is no list to enter it in.
 *
 * @public
 * @example
 * @ToolParser({ names: ['my-format'] })
 * export class MyFormatParser implements ToolParserFamily {
 *   create(tools: ToolTable): ToolTextParser { return new MyFormatReader(tools); }
 * }
 */
export interface ToolParserFamily {
  /** @param tools the tools of the turn, with their schemas */
  create(tools: ToolTable): ToolTextParser;
  /** Writes calls as the model does: for servers that know no tools, which get them in the text. */
  writeCalls?(calls: readonly WrittenCall[]): string;
  /** Writes the results of calls, likewise. Without it they stand in `<tool_response>` tags, as most families have them. */
  writeResults?(results: readonly WrittenResult[]): string;
}

/** A call of the history. @public */
export interface WrittenCall {
  id: string;
  name: string;
  arguments: Record<string, unknown>;
}

/** A result of the history, in the order of the calls. @public */
export interface WrittenResult {
  callId: string;
  text: string;
}

/** @public */
export interface ToolParserOptions {
  /** The names it is chosen by. */
  names: readonly string[];
  /** Which model names choose it where the parser is `auto`; of several matches the longest one counts. */
  models?: RegExp;
  /** The family writes tokens that tokenizers call special: servers are asked not to leave them out. */
  needsSpecialTokens?: boolean;
}

/** Marks a class as a tool parser. @public */
export const ToolParser = DiscoveryService.createDecorator<ToolParserOptions>();
