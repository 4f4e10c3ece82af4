import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import type { ModelProfile } from '../config/model-profile.js';
import type { UserMessageItem } from '../contracts/compaction-api.js';
import type { ResponseEvent } from '../contracts/responses-api.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { EnvelopeSealer } from '../envelopes/envelope-sealer.js';
import { envelopesOf } from '../envelopes/envelopes.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { IdGenerator } from '../ids/id-generator.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { keepUserMessages } from './compaction/keep-user-messages.js';
import { asksForCompaction, translateCompaction } from './compaction/translate-compaction.js';
import { translateRequest, type TranslatedRequest } from './request/translate-request.js';
import { buildPipeline } from './segments/build-pipeline.js';
import { CollectSummary } from './segments/collect-summary.js';
import { ParseRawText } from './segments/parse-raw-text.js';
import type { EmitSegment, Segment, SegmentStage } from './segments/segment.js';
import { OutputChecker } from './output-checker.service.js';
import { emptyAnswer } from './stream/empty-answer.js';
import { ResponseStream } from './stream/response-stream.js';
import { Turn } from './turn.js';
import type { ReasoningOutput, TurnPlan } from './turn-plan.js';

export interface TranslateOptions {
  profile: ModelProfile;
  upstreamModel: string;
  model: string;
  reasoningOutput: ReasoningOutput;
  /** Who calls: envelopes are sealed for, and opened by, this caller alone. */
  callerId: string;
  unknownFields: readonly string[];
  /** Of the response that the input continues, for the echo. */
  previousResponseId?: string;
}

export interface TurnHandlers {
  emit: (event: ResponseEvent) => void;
  /** Makes a GatewayError of an error object met in the upstream's answer. */
  readError: (error: unknown) => GatewayError;
  /** Gets told what is wrong with an answer that is passed on all the same. */
  warn: (warning: string) => void;
}

/** Binds the pure translation to the clock, the ids, the envelopes and the parsers. */
@Injectable()
export class TranslationService {
  constructor(
    @Inject(inForce(IdGenerator)) private readonly ids: IdGenerator,
    private readonly toolParsers: ToolParserRegistry,
    private readonly outputs: OutputChecker,
    @Inject(inForce(EnvelopeSealer)) private readonly sealer: EnvelopeSealer,
    private readonly environment: Environment,
  ) {}

  /** @throws GatewayError (400) whose `param` is the path of what is wrong */
  translate(body: CreateResponseBody, { callerId, ...options }: TranslateOptions): TranslatedRequest {
    const context = {
      ...options,
      envelopes: envelopesOf(this.sealer, callerId),
      responseId: this.ids.next('resp'),
      createdAt: unixSeconds(),
    };
    return asksForCompaction(body.input)
      ? translateCompaction(body, context)
      : translateRequest(body, context);
  }

  /** The events of an answer that the model is not asked for. */
  answerEmpty({ response }: TranslatedRequest): ResponseEvent[] {
    return emptyAnswer(response, unixSeconds());
  }

  /** The user's messages of an input that was translated, as items for the client to keep. */
  keepUserMessages(input: unknown): UserMessageItem[] {
    return keepUserMessages(input, () => this.ids.next('msg'));
  }

  /**
   * Opens the way back.
   *
   * @param handlers `emit` gets each event, synchronously
   */
  openTurn({ plan, response, envelopes }: TranslatedRequest, handlers: TurnHandlers): Turn {
    const stream = new ResponseStream({
      response,
      reasoningOutput: plan.reasoningOutput,
      ...(plan.sealReasoning && { sealReasoning: (text) => envelopes.seal('reasoning', text) }),
      nextId: (prefix) => this.ids.next(prefix),
      now: unixSeconds,
      checkText: this.outputs.checkFor(plan.outputSchema, handlers.warn),
      emit: handlers.emit,
    });
    const toStream = (segment: Segment): void => {
      stream.push(segment);
    };
    const passOn = plan.compaction
      ? feed(new CollectSummary((summary) => envelopes.seal('compaction', summary)), toStream)
      : toStream;
    return new Turn({
      stream,
      readError: handlers.readError,
      retries: this.environment.TOOL_CHOICE_RETRIES,
      buildPipeline: (askAgain) => buildPipeline(plan, this.openParser(plan), passOn, askAgain),
    });
  }

  private openParser({ toolParser, tools }: TurnPlan): ParseRawText | null {
    return toolParser === null ? null : new ParseRawText(this.toolParsers.create(toolParser, tools));
  }
}

function feed(stage: SegmentStage, emit: EmitSegment): EmitSegment {
  return (segment) => {
    stage.push(segment, emit);
  };
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
