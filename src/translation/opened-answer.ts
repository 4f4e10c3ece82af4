import { toGatewayError } from '../errors/gateway-error.js';
import { AnswerTools } from './answer-tools.js';
import { estimateTokens } from './request/estimate-tokens.js';
import type { TranslatedRequest } from './request/translate-request.js';
import { AnswerOfReasoning } from './segments/answer-of-reasoning.js';
import type { Lack } from './segments/ask-again.js';
import { buildPipeline } from './segments/build-pipeline.js';
import { CollectSummary } from './segments/collect-summary.js';
import { joinStages } from './segments/join-stages.js';
import type { KeepDraft } from './segments/keep-draft.js';
import { ChunkReader } from './segments/read-chunk.js';
import { guardStages } from './stages/guard-stages.js';
import type { ResponseStream } from './stream/response-stream.js';
import { SummaryTurn } from './summary-turn.js';
import type { AnswerHandlers } from './translation-options.js';
import { type Answer, type FollowUp, Turn, type TurnOptions } from './turn.js';
import type { TurnParts } from './turn-parts.service.js';
import type { TurnPlan } from './turn-plan.js';
import type { EmitSegment, Segment, SegmentStage } from './vocabulary/segment.js';

/** An answer on its way: its turns, and the pipeline of each, all of which lead into one stream. */
export class OpenedAnswer implements Answer, TurnOptions {
  readonly retriesLeft: Record<Lack, number>;
  readonly summarise: TurnOptions['summarise'];
  private readonly tools: AnswerTools | null;
  /** Takes what a turn says, behind the turn's own stages. */
  private readonly passOn: EmitSegment;
  private readonly hasStages: boolean;

  /** @param stages what deployers change: once for an answer, whatever turns it takes */
  constructor(
    private readonly parts: TurnParts,
    private readonly translated: TranslatedRequest,
    private readonly handlers: AnswerHandlers,
    readonly stream: ResponseStream,
    stages: readonly SegmentStage[],
  ) {
    const { summarise, toolbox, resume, signal } = handlers;
    this.retriesLeft = parts.countRetries();
    this.summarise = summarise;
    this.hasStages = stages.length > 0;
    this.passOn = this.join(stages, translated.plan.compaction ? this.seal(this.toStream) : this.toStream);
    this.tools = toolbox ? new AnswerTools({ toolbox, stream, emit: this.passOn, resume, signal }) : null;
  }

  get unseenCalls(): Answer['unseenCalls'] {
    return this.tools?.unseenCalls ?? [];
  }

  get opening(): Answer['opening'] {
    return this.tools?.opening ?? null;
  }

  get needsQuestion(): boolean {
    const { tools, summarise, hasStages } = this;
    return hasStages || tools !== null || summarise !== undefined || mayAskAgain(this.translated.plan);
  }

  hasActed(): boolean {
    return this.tools?.hasActed ?? false;
  }

  openTurn(followUp: FollowUp): Turn {
    return followUp.question.plan.compaction && this.stream.isFinished
      ? new SummaryTurn(followUp, this, this.handlers.warn)
      : new Turn(followUp, this);
  }

  openReader({ tools }: TurnPlan): ChunkReader {
    return new ChunkReader({
      isTool: (name) => tools.resolve(name) !== undefined,
      warn: this.handlers.warn,
    });
  }

  buildPipeline(plan: TurnPlan, turn: Turn, draft: KeepDraft | null): EmitSegment {
    const { parts, handlers, translated } = this;
    const out = turn instanceof SummaryTurn ? this.seal(unlessFailed(this.toStream)) : this.passOn;
    const pipeline = buildPipeline(plan, parts.openParser(plan, handlers.warn), out, {
      again: turn,
      draft,
      check: parts.openCheck(plan, turn, handlers),
      tools: this.tools?.forTurn(turn) ?? null,
      warn: handlers.warn,
      countInput: () => estimateTokens(translated.chat),
    });
    const mayThink = plan.thinking ?? translated.response.reasoning?.effort !== 'none';
    return guard(
      parts.openReasoningReader(plan),
      mayThink ? pipeline : joinStages([new AnswerOfReasoning()], pipeline),
      turn,
    );
  }

  private readonly toStream = (segment: Segment): void => {
    this.stream.pushSegment(segment);
  };

  private seal(emit: EmitSegment): EmitSegment {
    const { envelopes } = this.translated;
    return joinStages([new CollectSummary((summary) => envelopes.seal('compaction', summary))], emit);
  }

  private join(stages: readonly SegmentStage[], emit: EmitSegment): EmitSegment {
    if (stages.length === 0) return emit;
    const { stream, translated } = this;
    return guardStages(stages, {
      emit,
      isEnded: () => stream.isEnded,
      fail: (error) => {
        stream.fail(toGatewayError(error));
      },
      countInput: () => estimateTokens(translated.chat),
    });
  }
}

/** Whether another answer may be asked for than the one that comes, or its own usage has to be estimated. */
function mayAskAgain({ mustCall, outputFormat, stop }: TurnPlan): boolean {
  return mustCall !== null || outputFormat !== null || stop.length > 0;
}

/** The entrance of a turn's pipeline: what a stage throws, such as a deployer's parser, fails this turn and nothing else. */
function guard(stage: SegmentStage, emit: EmitSegment, turn: Turn): EmitSegment {
  return (segment) => {
    try {
      stage.pushSegment(segment, emit);
    } catch (error) {
      turn.fail(toGatewayError(error));
    }
  };
}

/** A summary that was not written is no failure of the answer in front of it. */
function unlessFailed(emit: EmitSegment): EmitSegment {
  return (segment) => {
    if (segment.kind !== 'failure') emit(segment);
  };
}
