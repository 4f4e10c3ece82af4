import { Inject, Injectable } from '@nestjs/common';
import { defer, Observable, type Subscriber, switchMap } from 'rxjs';
import type { CallContext } from '../call/call-context.js';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import type { ChatCompletion } from '../contracts/chat-completions.js';
import type { ResponseEvent } from '../contracts/responses-api.js';
import { toGatewayError } from '../errors/gateway-error.js';
import { type ModelTarget, ModelsService } from '../models/models.service.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import type { Turn } from '../translation/turn.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';

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
    return defer(() => this.models.resolve(request.body.model, call)).pipe(
      switchMap((target) => this.ask(request, target, call)),
    );
  }

  private ask(
    { body, unknownFields }: CheckedRequest,
    target: ModelTarget,
    call: CallContext,
  ): Observable<ResponseEvent> {
    const streamed = body.stream === true;
    Object.assign(call.report, {
      model: target.upstreamModel,
      upstream: this.upstream.name,
      stream: streamed,
    });
    const request = this.translation.translate(body, {
      ...target,
      reasoningOutput: chooseReasoningOutput(call, this.environment.REASONING_OUTPUT),
      unknownFields,
    });
    call.ignored = request.plan.ignored;
    return this.upstream
      .open(request.chat, call)
      .pipe(switchMap((chunks) => this.relay(chunks, request, call, streamed)));
  }

  private relay(
    chunks: Observable<ChatCompletion>,
    request: TranslatedRequest,
    call: CallContext,
    streamed: boolean,
  ): Observable<ResponseEvent> {
    return new Observable((subscriber) => {
      let emit = (event: ResponseEvent): void => {
        subscriber.next(event);
      };
      const turn = this.translation.openTurn(
        request,
        (error) => this.upstream.readError(error),
        (event) => {
          emit(event);
        },
      );
      call.closeWith = (error) => {
        const closing: ResponseEvent[] = [];
        emit = (event) => closing.push(event);
        turn.fail(error);
        report(turn, call);
        return closing;
      };
      turn.start();
      return chunks.subscribe({
        next: (chunk) => {
          turn.push(chunk);
          if (call.report.firstOutputAt === undefined && turn.hasOutput)
            call.report.firstOutputAt = performance.now();
          if (turn.isEnded) finish(turn, call, streamed, subscriber);
        },
        error: (error: unknown) => {
          turn.fail(toGatewayError(error));
          finish(turn, call, streamed, subscriber);
        },
        complete: () => {
          turn.end();
          finish(turn, call, streamed, subscriber);
        },
      });
    });
  }
}

function finish(
  turn: Turn,
  call: CallContext,
  streamed: boolean,
  subscriber: Subscriber<ResponseEvent>,
): void {
  if (subscriber.closed) return;
  report(turn, call);
  if (turn.failure && !streamed) subscriber.error(turn.failure);
  else subscriber.complete();
}

function report({ failure, usage }: Turn, { report: line }: CallContext): void {
  line.outcome = failure ? 'failed' : 'finished';
  if (usage) line.usage = usage;
  if (failure) line.cause = failure.cause ?? failure;
}
