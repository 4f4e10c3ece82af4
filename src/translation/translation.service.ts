import { Inject, Injectable } from '@nestjs/common';
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
import { ChunkReader } from './segments/read-chunk.js';
import { ResponseStream } from './stream/response-stream.js';
import { Turn } from './turn.js';
import type { ReasoningOutput } from './turn-plan.js';

export interface TranslateOptions {
  profile: ModelProfile;
  upstreamModel: string;
  model: string;
  reasoningOutput: ReasoningOutput;
  unknownFields: readonly string[];
}

/** Binds the pure translation to the clock, the ids and the parsers. */
@Injectable()
export class TranslationService {
  constructor(
    @Inject(inForce(IdGenerator)) private readonly ids: IdGenerator,
    private readonly toolParsers: ToolParserRegistry,
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
   * @param readError makes a GatewayError of an error object met in the upstream's stream
   * @param emit gets each event, synchronously
   */
  openTurn(
    { plan, response }: TranslatedRequest,
    readError: (error: unknown) => GatewayError,
    emit: (event: ResponseEvent) => void,
  ): Turn {
    const stream = new ResponseStream({
      response,
      reasoningOutput: plan.reasoningOutput,
      nextId: (prefix) => this.ids.next(prefix),
      now: unixSeconds,
      emit,
    });
    const parser =
      plan.toolParser === null
        ? null
        : new ParseRawText(this.toolParsers.create(plan.toolParser, plan.tools));
    const pipeline = buildPipeline(plan, parser, (segment) => {
      stream.push(segment);
    });
    return new Turn(stream, new ChunkReader(readError), pipeline);
  }
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
