import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import type { ModelProfile } from '../config/model-profile.js';
import type { ResponseEvent } from '../contracts/responses-api.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { IdGenerator } from '../ids/id-generator.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { translateRequest, type TranslatedRequest } from './request/translate-request.js';
import { buildPipeline } from './segments/build-pipeline.js';
import { ParseRawText } from './segments/parse-raw-text.js';
import type { Segment } from './segments/segment.js';
import { OutputChecker } from './output-checker.service.js';
import { ResponseStream } from './stream/response-stream.js';
import { Turn } from './turn.js';
import type { ReasoningOutput, TurnPlan } from './turn-plan.js';

export interface TranslateOptions {
  profile: ModelProfile;
  upstreamModel: string;
  model: string;
  reasoningOutput: ReasoningOutput;
  unknownFields: readonly string[];
}

export interface TurnHandlers {
  emit: (event: ResponseEvent) => void;
  /** Makes a GatewayError of an error object met in the upstream's answer. */
  readError: (error: unknown) => GatewayError;
  /** Gets told what is wrong with an answer that is passed on all the same. */
  warn: (warning: string) => void;
}

/** Binds the pure translation to the clock, the ids and the parsers. */
@Injectable()
export class TranslationService {
  constructor(
    @Inject(inForce(IdGenerator)) private readonly ids: IdGenerator,
    private readonly toolParsers: ToolParserRegistry,
    private readonly outputs: OutputChecker,
    private readonly environment: Environment,
  ) {}

  /** @throws GatewayError (400) whose `param` is the path of what is wrong */
  translate(body: CreateResponseBody, options: TranslateOptions): TranslatedRequest {
    return translateRequest(body, {
      ...options,
      responseId: this.ids.next('resp'),
      createdAt: unixSeconds(),
    });
  }

  /**
   * Opens the way back.
   *
   * @param handlers `emit` gets each event, synchronously
   */
  openTurn({ plan, response }: TranslatedRequest, handlers: TurnHandlers): Turn {
    const stream = new ResponseStream({
      response,
      reasoningOutput: plan.reasoningOutput,
      nextId: (prefix) => this.ids.next(prefix),
      now: unixSeconds,
      checkText: this.outputs.checkFor(plan.outputSchema, handlers.warn),
      emit: handlers.emit,
    });
    const passOn = (segment: Segment): void => {
      stream.push(segment);
    };
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

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
