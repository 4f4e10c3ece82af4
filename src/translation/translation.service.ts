import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { parseHostList } from '../config/host-list.js';
import type { ModelProfile } from '../contracts/model-profile.js';
import type { UserMessageItem } from '../contracts/compaction-api.js';
import type { ResponseObject } from '../contracts/responses-api.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { EnvelopeSealer } from '../sealing/envelope-sealer.js';
import { envelopesOf } from '../sealing/envelopes.js';
import { toGatewayError } from '../errors/gateway-error.js';
import { IdGenerator } from '../ids/id-generator.js';
import { parseThinking } from '../reasoning-parsers/lib/parse-thinking.js';
import { ReasoningParserRegistry } from '../reasoning-parsers/reasoning-parser.registry.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { keepUserMessages } from './compaction/keep-user-messages.js';
import { asksForCompaction, translateCompaction } from './compaction/translate-compaction.js';
import { AnswerTools } from './answer-tools.js';
import { checkItems } from './request/check-items.js';
import type { MediaPolicy } from './request/media/media-policy.js';
import {
  type TranslationContext,
  translateRequest,
  type TranslatedRequest,
} from './request/translate-request.js';
import { estimateTokens } from './request/estimate-tokens.js';
import { toolWriterOf } from './request/tools/render-tool-prompt.js';
import { AnswerOfReasoning } from './segments/answer-of-reasoning.js';
import { buildPipeline } from './segments/build-pipeline.js';
import type { OutputCheck } from './segments/check-output.js';
import { CollectSummary } from './segments/collect-summary.js';
import { ChunkReader } from './segments/read-chunk.js';
import { joinStages } from './segments/join-stages.js';
import { ParseRawText } from './segments/parse-raw-text.js';
import { ReadReasoning } from './segments/read-reasoning.js';
import type { EmitSegment, Segment, SegmentStage } from './vocabulary/segment.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import { guardStages } from './stages/guard-stages.js';
import { ResponseStageRegistry } from './stages/response-stage.registry.js';
import { ResponseStream } from './stream/response-stream.js';
import type { AnswerHandlers, TranslateOptions } from './translation-options.js';
import { SummaryTurn } from './summary-turn.js';
import { type Answer, type FollowUp, Turn, type TurnOptions } from './turn.js';
import type { TurnPlan } from './turn-plan.js';

/** Binds the pure translation to the clock, the ids, the envelopes and the parsers. */
@Injectable()
export class TranslationService {
  private readonly media: MediaPolicy;

  constructor(
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly toolParsers: ToolParserRegistry,
    private readonly reasoningParsers: ReasoningParserRegistry,
    private readonly outputs: OutputChecker,
    private readonly stages: ResponseStageRegistry,
    @InjectExtension(EnvelopeSealer) private readonly sealer: EnvelopeSealer,
    private readonly environment: Environment,
  ) {
    this.media = {
      hosts: parseHostList(environment.MEDIA_HOSTS),
      maxBytes: environment.MEDIA_MAX_BYTES,
    };
  }

  /** @throws GatewayError (400) whose `param` is the path of what is wrong */
  translate(body: CreateResponseBody, options: TranslateOptions): TranslatedRequest {
    const { profile, keeping } = options;
    const context: TranslationContext = {
      profile,
      upstreamModel: options.upstreamModel,
      model: options.model,
      reasoningOutput: options.reasoningOutput,
      unknownFields: options.unknownFields,
      served: options.served,
      hosted: options.hosted,
      keeping,
      toolWriter: this.writerFor(profile),
      envelopes: envelopesOf(this.sealer, options.callerId),
      media: this.media,
      responseId: keeping?.responseId ?? this.ids.next('resp'),
      createdAt: keeping?.createdAt ?? unixSeconds(),
    };
    const translated = asksForCompaction(body.input)
      ? translateCompaction(body, context)
      : translateRequest(body, context);
    this.outputs.refuseExcess(translated.plan);
    if (this.needsSpecialTokens(translated.plan, profile)) translated.chat.skip_special_tokens = false;
    return translated;
  }

  /**
   * @param path of the items in the request
   * @throws GatewayError (400) for items that could not be translated, whatever the model
   */
  checkItems(items: readonly unknown[], path: string, callerId: string): void {
    checkItems(items, path, { envelopes: envelopesOf(this.sealer, callerId), media: this.media });
  }

  /** The user's messages of an input that was translated, as items for the client to keep. */
  keepUserMessages(input: unknown): UserMessageItem[] {
    return keepUserMessages(input, () => this.ids.next('msg'), this.media);
  }

  /**
   * Opens the way back.
   *
   * @param handlers `emit` gets each event, synchronously
   */
  openAnswer(translated: TranslatedRequest, handlers: AnswerHandlers): Answer {
    const { chat, plan, response, envelopes } = translated;
    const stream = new ResponseStream({
      response,
      reasoningOutput: plan.reasoningOutput,
      ...(plan.sealReasoning && { sealReasoning: (text) => envelopes.seal('reasoning', text) }),
      nextId: (prefix) => this.ids.next(prefix),
      now: unixSeconds,
      emit: handlers.emit,
      keepsUnseen: response.store || handlers.toolbox != null,
      wasQueued: handlers.wasQueued ?? false,
      shownResults: plan.shownResults,
      listings: handlers.toolbox?.listings,
    });
    const toStream = (segment: Segment): void => {
      stream.pushSegment(segment);
    };
    const sealTo = (emit: EmitSegment): EmitSegment =>
      joinStages([new CollectSummary((summary) => envelopes.seal('compaction', summary))], emit);
    const last = plan.compaction ? sealTo(toStream) : toStream;
    const passOn = this.openStages(translated, handlers.callerId, stream, last);
    const tools = handlers.toolbox
      ? new AnswerTools({ ...handlers, toolbox: handlers.toolbox, stream, emit: passOn })
      : null;
    const options: TurnOptions = {
      stream,
      openReader: ({ tools }) =>
        new ChunkReader({
          isTool: (name) => tools.resolve(name) !== undefined,
          warn: handlers.warn,
        }),
      ...(handlers.summarise && { summarise: handlers.summarise }),
      retriesLeft: { call: this.environment.TOOL_CHOICE_RETRIES, format: FORMAT_RETRIES },
      buildPipeline: (current, turn, draft) => {
        const isBehind = turn instanceof SummaryTurn;
        const out = isBehind ? sealTo(unlessFailed(toStream)) : passOn;
        const pipeline = buildPipeline(current, this.openParser(current, handlers.warn), out, {
          again: turn,
          draft,
          check: this.openCheck(current, turn, handlers),
          tools: tools?.forTurn(turn) ?? null,
          warn: handlers.warn,
          countInput: () => estimateTokens(chat),
        });
        return guard(
          this.openReasoningReader(current),
          mayThink(current, response) ? pipeline : joinStages([new AnswerOfReasoning()], pipeline),
          turn,
        );
      },
    };
    const openTurn = (followUp: FollowUp): Turn =>
      followUp.question.plan.compaction && stream.isFinished
        ? new SummaryTurn(followUp, options, handlers.warn)
        : new Turn(followUp, options);
    return {
      stream,
      unseenCalls: tools?.unseenCalls ?? [],
      opening: tools?.opening ?? null,
      needsQuestion:
        passOn !== last || tools !== null || handlers.summarise !== undefined || mayAskAgain(plan),
      hasActed: () => tools?.hasActed ?? false,
      openTurn,
    };
  }

  /** What deployers change, in front of `emit`: once for an answer, whatever turns it takes. */
  private openStages(
    { chat, plan, response }: TranslatedRequest,
    callerId: string,
    stream: ResponseStream,
    emit: EmitSegment,
  ): EmitSegment {
    const stages = this.stages.create({
      responseId: response.id,
      model: response.model,
      callerId,
      metadata: response.metadata,
      format: response.text.format.type,
      isCompaction: plan.compaction,
    });
    if (stages.length === 0) return emit;
    return guardStages(stages, {
      emit,
      isEnded: () => stream.isEnded,
      fail: (error) => {
        stream.fail(toGatewayError(error));
      },
      countInput: () => estimateTokens(chat),
    });
  }

  /** The check runs elsewhere: until it is done, the answer waits. */
  private openCheck(
    plan: TurnPlan,
    turn: Turn,
    { warn, resume, signal }: AnswerHandlers,
  ): OutputCheck | null {
    const check = this.outputs.open(plan, warn);
    if (!check) return null;
    return {
      judge: (verdict) => check.judge(verdict),
      run: (text, { cut = false }, done) => {
        turn.wait(cut);
        void check.run(text, signal()).then((verdict) => {
          resume(() => {
            turn.resume();
            done(verdict);
          });
        });
      },
    };
  }

  private openParser({ toolParser, tools }: TurnPlan, warn: AnswerHandlers['warn']): ParseRawText | null {
    return toolParser === null ? null : new ParseRawText(this.toolParsers.create(toolParser, tools), warn);
  }

  private openReasoningReader({ reasoningParser, thinking, unclosedReasoning }: TurnPlan): ReadReasoning {
    return new ReadReasoning(
      reasoningParser === null
        ? parseThinking(LEFT_OVER)
        : this.reasoningParsers.create(reasoningParser, { thinking, unclosed: unclosedReasoning }),
    );
  }

  /** Where the server knows no tools. A family that cannot write its calls leaves that to the server. */
  private writerFor({ toolCalls, toolParser }: ModelProfile): TranslationContext['toolWriter'] {
    if (toolCalls !== 'prompt' || toolParser === null) return undefined;
    return toolWriterOf(this.toolParsers.find(toolParser));
  }

  private needsSpecialTokens(
    { toolParser, reasoningParser }: TurnPlan,
    { toolCalls }: ModelProfile,
  ): boolean {
    const readsCalls = toolParser !== null && toolCalls !== 'upstream';
    return (
      (readsCalls && this.toolParsers.needsSpecialTokens(toolParser)) ||
      (reasoningParser !== null && this.reasoningParsers.needsSpecialTokens(reasoningParser))
    );
  }
}

/** Reasoning that a server has left at the start of the text, tags and all. */
const LEFT_OVER = { open: '<think>', close: '</think>', startsInside: false, unclosed: 'reasoning' } as const;

/** Whether the request has not switched thinking off: by the template, or by the effort where the template has no switch. */
function mayThink({ thinking }: TurnPlan, { reasoning }: ResponseObject): boolean {
  return thinking ?? reasoning?.effort !== 'none';
}

/** Whether another answer may be asked for than the one that comes, or its own usage has to be estimated. */
function mayAskAgain({ mustCall, outputFormat, stop }: TurnPlan): boolean {
  return mustCall !== null || outputFormat !== null || stop.length > 0;
}

const FORMAT_RETRIES = 1;

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

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
