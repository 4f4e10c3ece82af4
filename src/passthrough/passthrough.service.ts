import { Injectable } from '@nestjs/common';
import { catchError, defer, map, Observable, switchMap } from 'rxjs';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { TokenBudget } from '../limits/token-budget.service.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import { PipedAnswer } from '../transport/http/piped-answer.js';
import { type ForwardedAnswer, UpstreamClient } from '../upstreams/upstream.client.js';
import { AnswerWatcher } from './answer-watcher.js';
import { ChatBody } from './chat-body.js';
import { chooseHeaders, isEventStream } from './choose-headers.js';
import { ForwardOptions } from './forward-options.js';

/** Passes requests on to the model servers, and their answers back, without looking into either. */
@Injectable()
export class PassthroughService {
  constructor(
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly models: ModelsService,
    private readonly budget: TokenBudget,
    private readonly environment: Environment,
  ) {}

  /**
   * Cold. It errors with a GatewayError when nothing was answered. Once the request is over, whatever is left of it at the model
   * server is aborted.
   *
   * @param path behind `/v1`
   */
  forward(path: string, bytes: Buffer, context: RequestContext): Observable<PipedAnswer> {
    const answer = defer(() => {
      const body = new ChatBody(bytes);
      return defer(() => this.admit(body, context)).pipe(
        switchMap((target) => this.send(path, body, target, context)),
      );
    });
    return new Observable((subscriber) => {
      const asking = answer.subscribe(subscriber);
      context.onClose(() => {
        asking.unsubscribe();
      });
      return asking;
    });
  }

  /** @returns the model that is asked, once the caller has tokens left for it */
  private async admit(body: ChatBody, context: RequestContext): Promise<ModelTarget> {
    const target = await this.models.resolve(body.model, context);
    const { RESERVED_OUTPUT_TOKENS } = this.environment;
    const holds = await this.budget.reserve(context, () => body.estimateTokens(RESERVED_OUTPUT_TOKENS));
    if (holds) {
      context.onClose(() => {
        this.budget.settle(holds, context.report);
      });
    }
    return target;
  }

  private send(
    path: string,
    body: ChatBody,
    { upstreamModel: model, upstreams }: ModelTarget,
    context: RequestContext,
  ): Observable<PipedAnswer> {
    Object.assign(context.report, { model, upstream: this.upstream.name });
    const request = {
      path,
      model,
      headers: { 'content-type': 'application/json' },
      body: body.withModel(model),
    };
    const options = new ForwardOptions(body, upstreams, context);
    return this.upstream.forward(request, options).pipe(
      catchError((error) => this.models.explain(error, context)),
      map((answer) => this.pipe(answer, context)),
    );
  }

  private pipe(answer: ForwardedAnswer, context: RequestContext): PipedAnswer {
    const { upstream, status, headers, body } = answer;
    Object.assign(context.report, { upstream, stream: isEventStream(headers) });
    context.onClose(() => {
      body.destroy();
    });
    return new PipedAnswer(
      { status, headers: chooseHeaders(answer), body },
      new AnswerWatcher(context.report),
    );
  }
}
