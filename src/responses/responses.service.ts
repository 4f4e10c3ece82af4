import { Injectable } from '@nestjs/common';
import { catchError, defer, from, Observable, switchMap } from 'rxjs';
import type { RequestContext } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ResponseEvent } from '../contracts/response-events.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import { refusesImages } from '../upstreams/media-refusal.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
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
   * The events of the answer, for `stream: true` and `stream: false` alike. Cold: the upstream is asked on subscription
   * and aborted on unsubscription. It errors with a GatewayError when nothing was answered; a streamed answer that fails
   * later ends with `error` and `response.failed` instead.
   */
  create(request: CheckedRequest, context: RequestContext): Observable<ResponseEvent> {
    return defer(() => {
      const target = this.models.resolve(request.body.model, context);
      return target instanceof Promise
        ? from(target).pipe(switchMap((found) => this.ask(request, found, context)))
        : this.ask(request, target, context);
    });
  }

  private ask(
    checked: CheckedRequest,
    target: ModelTarget,
    context: RequestContext,
  ): Observable<ResponseEvent> {
    const { body, unknownFields, generate } = checked;
    Object.assign(context.report, {
      model: target.upstreamModel,
      upstream: this.upstream.name,
      stream: body.stream === true,
    });
    let current = target;
    const translate = (chosen: ModelTarget): TranslatedRequest => {
      const request = this.translation.translate(body, {
        ...chosen,
        reasoningOutput: chooseReasoningOutput(context, this.environment.REASONING_OUTPUT),
        callerId: context.caller?.id ?? '',
        unknownFields,
        previousResponseId: context.previousResponseId,
      });
      context.ignored = request.plan.ignored;
      return request;
    };
    const request = translate(target);
    context.obfuscate = request.plan.obfuscate;
    if (generate === false) {
      context.report.outcome = 'finished';
      return from(this.translation.answerEmpty(request));
    }
    return new Observable((subscriber) => {
      const run = new ResponseRun(subscriber, {
        context,
        request,
        streamed: body.stream === true,
        startTimeoutMs: this.environment.STREAM_START_TIMEOUT_MS,
        ask: (chat) =>
          this.upstream.open(chat, context).pipe(catchError((error) => this.models.explain(error, context))),
        recover: (error) => {
          this.learn(error, request, current);
          const raw = this.withoutServersParser(current, error);
          if (!raw) return null;
          current = raw;
          return translate(raw);
        },
        openTurn: (handlers) =>
          this.translation.openTurn(request, {
            ...handlers,
            readError: (given) => {
              const error = this.upstream.readError(given);
              this.learn(error, request, current);
              return error;
            },
            warn: (warning) => {
              if (!context.warnings.includes(warning)) context.warnings = [...context.warnings, warning];
            },
          }),
      });
      return run.start();
    });
  }

  private learn(error: unknown, { chat }: TranslatedRequest, target: ModelTarget): void {
    if (refusesImages(error, chat)) this.models.switchToNotes(target);
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(target: ModelTarget, error: unknown): ModelTarget | null {
    const isAutomatic = target.profile.toolCalls === 'auto';
    return isAutomatic && lacksToolParser(error) ? this.models.switchToRaw(target) : null;
  }
}
