import { DiscoveryService } from '@nestjs/core';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';

/** What a reasoning parser is told of the turn it reads. @public */
export interface ReasoningTurn {
  /** Whether the request switches thinking on or off through the chat template; null: it says nothing. */
  thinking: boolean | null;
  /** What an answer is that could have begun within the reasoning and never closes it. `text` has to wait for the close tag. */
  unclosed: 'reasoning' | 'text';
}

/** Reads the reasoning out of the raw text of one answer. Pure: no clock, no randomness, no I/O. @public */
export interface ReasoningTextParser {
  /**
   * Takes the next piece of text, cut anywhere.
   *
   * @returns reasoning and text segments, as far as they are certain
   */
  pushText(text: string): Segment[];
  /** The text is over; returns everything still held. */
  end(reason: FinishReason): Segment[];
  /** True once all that follows is text: it need not be pushed any more. */
  readonly isOver: boolean;
}

/**
 * A family of reasoning text. Implement it and mark the class with {@link ReasoningParser}: it is found wherever a module
 * provides it.
 *
 * @public
 * @example
 * @ReasoningParser({ names: ['my-thoughts'] })
 * export class MyThoughtsParser implements ReasoningParserFamily {
 *   create({ unclosed }: ReasoningTurn) {
 *     return parseThinking({ open: '<thought>', close: '</thought>', startsInside: false, unclosed });
 *   }
 * }
 */
export interface ReasoningParserFamily {
  create(turn: ReasoningTurn): ReasoningTextParser;
}

/** @public */
export interface ReasoningParserOptions {
  /** The names it is chosen by. */
  names: readonly string[];
  /** Which model names choose it where the parser is `auto`; of several matches the longest one counts. */
  models?: RegExp;
  /** The family writes tokens that tokenizers call special: servers are asked not to leave them out. */
  needsSpecialTokens?: boolean;
}

/** Marks a class as a reasoning parser. @public */
export const ReasoningParser = DiscoveryService.createDecorator<ReasoningParserOptions>();
