import { Inject, Injectable } from '@nestjs/common';
import { defer, from, Observable, type Subscriber, type Subscription, switchMap, throwIfEmpty } from 'rxjs';
import type { CallContext } from '../call/call-context.js';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import type { ChatCompletion, ChatRequest } from '../contracts/chat-completions.js';
import type { ResponseEvent } from '../contracts/responses-api.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import { refusesImages } from '../upstream/media-refusal.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { lacksToolParser } from '../upstream/upstream.errors.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { ResponseRelay } from './response-relay.js';

/** Leads a request through translation, upstream and back. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly models: ModelsService,
    private readonly translation: TranslationService,
    @Inject(inForce(UpstreamClient)) private readonly upstream: UpstreamClient,
    private readonly environment: Environment,
  ) {}

  /**
   * The events of the answer, for `stream: true` and `stream: false` alike. Cold: the upstream is asked on subscription
   * and aborted on unsubscription. It errors with a GatewayError when nothing was answered; a streamed answer that fails
   * later ends with `error` and `response.failed` instead.
   */
  create(request: CheckedRequest, call: CallContext): Observable<ResponseEvent> {
    return defer(() => {
      const target = this.models.resolve(request.body.model, call);
      return target instanceof Promise
        ? from(target).pipe(switchMap((found) => this.ask(request, found, call)))
        : this.ask(request, target, call);
    });
  }

  private ask(checked: CheckedRequest, target: ModelTarget, call: CallContext): Observable<ResponseEvent> {
    const { body, unknownFields, previousResponseId, generate } = checked;
    const streamed = body.stream === true;
    Object.assign(call.report, {
      model: target.upstreamModel,
      upstream: this.upstream.name,
      stream: streamed,
    });
    const request = this.translation.translate(body, {
      ...target,
      reasoningOutput: chooseReasoningOutput(call, this.environment.REASONING_OUTPUT),
      callerId: call.caller?.id ?? '',
      unknownFields,
      previousResponseId,
    });
    call.ignored = request.plan.ignored;
    call.obfuscate = request.plan.obfuscate;
    if (generate === false) {
      call.report.outcome = 'finished';
      return from(this.translation.answerEmpty(request));
    }
    return new Observable((subscriber) =>
      this.upstream
        .open(request.chat, call)
        .pipe(throwIfEmpty(() => new GatewayError('upstream_protocol_error')))
        .subscribe({
          next: (chunks) => {
            subscriber.add(this.relay(chunks, request, call, streamed, subscriber));
          },
          error: (error: unknown) => {
            if (refusesImages(error, request.chat)) this.models.switchToNotes(target);
            const raw = this.withoutServersParser(target, error);
            if (raw) subscriber.add(this.ask(checked, raw, call).subscribe(subscriber));
            else subscriber.add(this.models.explain(error, call).subscribe(subscriber));
          },
        }),
    );
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(target: ModelTarget, error: unknown): ModelTarget | null {
    const isAutomatic = target.profile.toolCalls === 'auto';
    if (!isAutomatic || !lacksToolParser(error) || !this.translation.canReadCalls(target)) return null;
    return this.models.switchToRaw(target);
  }

  /** Ends with its answer, whatever the upstream still sends: completing it aborts the request. */
  private relay(
    chunks: Observable<ChatCompletion>,
    request: TranslatedRequest,
    call: CallContext,
    streamed: boolean,
    subscriber: Subscriber<ResponseEvent>,
  ): Subscription {
    const relay = new ResponseRelay(subscriber, {
      call,
      streamed,
      openTurn: (emit) =>
        this.translation.openTurn(request, {
          emit,
          readError: (error) => this.upstream.readError(error),
          warn: (warning) => {
            call.warnings = [...call.warnings, warning];
          },
        }),
      askAgain: () => this.upstream.open(demandCall(request), call).pipe(switchMap((again) => again)),
    });
    return relay.start(chunks);
  }
}

/** The request once more, with a word on what was missing. */
function demandCall({ chat, plan }: TranslatedRequest): ChatRequest {
  return { ...chat, messages: [...chat.messages, { role: 'user', content: plan.mustCall ?? '' }] };
}
