import { DiscoveryService } from '@nestjs/core';
import type { SegmentStage } from '../vocabulary/segment.js';

/** What a stage is told of the answer it is made for. @public */
export interface AnswerFacts {
  /** `resp_…` */
  readonly responseId: string;
  /** The model as the client names it. */
  readonly model: string;
  /** The caller's id; `anonymous` where nobody has to say who calls. */
  readonly callerId: string;
  /** Of the request. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the client reads the text as. */
  readonly format: 'text' | 'json_object' | 'json_schema';
  /** The text is the summary of a compaction: the client gets it sealed, and the model reads it again. */
  readonly isCompaction: boolean;
}

/**
 * Changes answers. Implement it and mark the class with {@link ResponseStage}: it is found wherever a module provides it. It is
 * made once and serves all answers: what belongs to one answer stands in the stage that it makes.
 *
 * @public
 * @example
 * @ResponseStage({ order: 10 })
 * export class HideKeys implements ResponseStageFactory {
 *   create(): SegmentStage {
 *     return new ReplaceText({ pattern: /sk-[a-z0-9]{20}/, by: 'sk-…', maxLength: 23 });
 *   }
 * }
 */
export interface ResponseStageFactory {
  /**
   * Called once for each answer, before its first event. What it throws is what the request is refused with.
   *
   * @returns null to leave the answer alone
   */
  create(answer: AnswerFacts): SegmentStage | null;
}

/** @public */
export interface ResponseStageOptions {
  /** Stages with a lower number come first; of the same number in the order of their class names. Default 0. */
  order?: number;
}

/** Marks a class as the maker of a stage. @public */
export const ResponseStage = DiscoveryService.createDecorator<ResponseStageOptions | undefined>();
