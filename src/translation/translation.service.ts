import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { parseHostList } from '../config/host-list.js';
import type { ModelProfile } from '../contracts/model-profile.js';
import type { UserMessageItem } from '../contracts/compaction-api.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { EnvelopeSealer } from '../sealing/envelope-sealer.js';
import { envelopesOf } from '../sealing/envelopes.js';
import { IdGenerator } from '../ids/id-generator.js';
import { ReasoningParserRegistry } from '../reasoning-parsers/reasoning-parser.registry.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { keepUserMessages } from './compaction/keep-user-messages.js';
import { asksForCompaction, translateCompaction } from './compaction/translate-compaction.js';
import { checkItems } from './request/check-items.js';
import type { MediaPolicy } from './request/media/media-policy.js';
import {
  type TranslationContext,
  translateRequest,
  type TranslatedRequest,
} from './request/translate-request.js';
import { toolWriterOf } from './request/tools/render-tool-prompt.js';
import { OpenedAnswer } from './opened-answer.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import { ResponseStageRegistry } from './stages/response-stage.registry.js';
import { ResponseStream } from './stream/response-stream.js';
import type { AnswerHandlers, TranslateOptions } from './translation-options.js';
import type { Answer } from './turn.js';
import { TurnParts } from './turn-parts.service.js';
import type { SegmentStage } from './vocabulary/segment.js';
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
    private readonly parts: TurnParts,
    @InjectExtension(EnvelopeSealer) private readonly sealer: EnvelopeSealer,
    environment: Environment,
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
    const { plan, response, envelopes } = translated;
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
    return new OpenedAnswer(
      this.parts,
      translated,
      handlers,
      stream,
      this.createStages(translated, handlers.callerId),
    );
  }

  private createStages({ plan, response }: TranslatedRequest, callerId: string): SegmentStage[] {
    return this.stages.create({
      responseId: response.id,
      model: response.model,
      callerId,
      metadata: response.metadata,
      format: response.text.format.type,
      isCompaction: plan.compaction,
    });
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

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
