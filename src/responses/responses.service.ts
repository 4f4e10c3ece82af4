import { Injectable } from '@nestjs/common';
import { catchError, defer, from, type Observable, switchMap } from 'rxjs';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import { refusesImages } from '../upstreams/media-refusal.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import { type OpenOptions, UpstreamClient } from '../upstreams/upstream.client.js';
import { lacksToolParser } from '../upstreams/upstream.errors.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { ResponseRun } from './run/response-run.js';

/** Leads a request through translation, upstream and back. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly models: ModelsService,
    private readonly translation: TranslationService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly environment: Environment,
  ) {}

  /**
   * The run that answers, for `stream: true` and `stream: false` alike, once there is something to attach a client for
   * ({@link ResponseRun.start}). Cold. It errors with a GatewayError when nothing was answered. Unsubscribed before, and when the
   * request is over, the upstream is aborted.
   */
  create(request: CheckedRequest, context: RequestContext): Observable<ResponseRun> {
    return defer(() => {
      const target = this.models.resolve(request.body.model, context);
      return target instanceof Promise
        ? from(target).pipe(switchMap((found) => this.start(request, found, context)))
        : this.start(request, target, context);
    });
  }

  private start(
    { body, unknownFields, generate }: CheckedRequest,
    target: ModelTarget,
    context: RequestContext,
  ): Observable<ResponseRun> {
    const { report } = context;
    const streamed = body.stream === true;
    const callerId = context.caller?.id ?? '';
    Object.assign(report, { model: target.upstreamModel, upstream: this.upstream.name, stream: streamed });
    const translate = (chosen: ModelTarget): TranslatedRequest => {
      const translated = this.translation.translate(body, {
        ...chosen,
        reasoningOutput: chooseReasoningOutput(context, this.environment.REASONING_OUTPUT),
        callerId,
        unknownFields,
        previousResponseId: context.previousResponseId,
      });
      context.ignored = translated.plan.ignored;
      return translated;
    };
    let current = target;
    const request = translate(target);
    const run = new ResponseRun({
      report,
      streamed,
      obfuscate: request.plan.obfuscate,
      startTimeoutMs: this.environment.STREAM_START_TIMEOUT_MS,
      question: generate === false ? null : request,
      openAnswer: (handlers) =>
        this.translation.openAnswer(request, {
          ...handlers,
          callerId,
          warn: (warning) => {
            if (context.warnings.includes(warning)) return;
            context.warnings = [...context.warnings, warning];
            report.warnings = context.warnings;
          },
        }),
      ask: (chat, controls) => {
        const options: OpenOptions = {
          ...optionsOfRequest(context),
          affinityKey: body.prompt_cache_key ?? undefined,
          gate: controls.gate,
          get signal() {
            return controls.signal;
          },
        };
        return this.upstream
          .open(chat, options)
          .pipe(catchError((error) => this.models.explain(error, context)));
      },
      translateAnew: (error) => {
        if (refusesImages(error, request.chat)) this.models.switchToNotes(current);
        const raw = this.withoutServersParser(current, error);
        if (!raw) return null;
        current = raw;
        return translate(raw);
      },
    });
    // Also where it was handed over and nobody has attached to it.
    context.onClose(() => {
      run.abandon();
    });
    return run.start();
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(target: ModelTarget, error: unknown): ModelTarget | null {
    const isAutomatic = target.profile.toolCalls === 'auto';
    return isAutomatic && lacksToolParser(error) ? this.models.switchToRaw(target) : null;
  }
}
