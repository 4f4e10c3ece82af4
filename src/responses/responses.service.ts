import { Injectable } from '@nestjs/common';
import { defer, from, type Observable, switchMap } from 'rxjs';
import { Environment } from '../config/environment.js';
import { Database } from '../database/database.service.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { IdGenerator } from '../ids/id-generator.js';
import { TokenBudget, type TokenHold } from '../limits/token-budget.service.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import type { Keeping } from '../translation/request/keeping.js';
import { BackgroundService } from './background/background.service.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { estimateCost } from './estimate-cost.js';
import { type Answered, IdempotencyService, type Keyed } from './idempotency/idempotency.service.js';
import { InputService } from './input/input.service.js';
import type { ResolvedInput } from './input/resolved-input.js';
import { RecordService } from './record/record.service.js';
import type { ResponseRun } from './run/response-run.js';
import type { PreparedRequest, RunPolicy } from './prepared-request.js';
import { RunFactory } from './run-factory.service.js';

/** Leads a request through translation, upstream and back. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly models: ModelsService,
    private readonly inputs: InputService,
    private readonly runs: RunFactory,
    private readonly records: RecordService,
    private readonly background: BackgroundService,
    private readonly idempotency: IdempotencyService,
    private readonly budget: TokenBudget,
    private readonly database: Database,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly environment: Environment,
  ) {}

  /**
   * The run that answers, for `stream: true` and `stream: false` alike, once there is something to attach a client for
   * ({@link ResponseRun.start}): the model is asked on subscription. It errors with a GatewayError when nothing was answered.
   * Unsubscribed before, and when the request is over, the upstream is aborted.
   *
   * @throws GatewayError where the request is wrong
   */
  create(request: CheckedRequest, context: RequestContext): Observable<Answered> {
    return this.idempotency.once(request, context, (keyed) => this.answer(request, context, keyed));
  }

  private answer(request: CheckedRequest, context: RequestContext, keyed: Keyed): Observable<Answered> {
    const responseId = this.ids.next('resp');
    const target = this.models.resolve(request.body.model, context);
    const resolved = this.inputs.resolve(request.body, context, responseId);
    return target instanceof Promise || resolved instanceof Promise
      ? from(this.gather(target, resolved, context)).pipe(
          switchMap(([model, input]) => this.start(request, model, input, responseId, context, keyed)),
        )
      : this.start(request, target, resolved, responseId, context, keyed);
  }

  /** An answer that is not kept: a step on the way to another one. */
  createUnkept(
    request: CheckedRequest,
    resolved: ResolvedInput,
    context: RequestContext,
  ): Observable<ResponseRun> {
    return defer(async () => this.models.resolve(request.body.model, context)).pipe(
      switchMap(async (target) => {
        const keeping = { store: false, background: false, previousId: null, conversationId: null };
        return this.runs.prepare(request, context, target, resolved, keeping);
      }),
      switchMap((prepared) => this.run(prepared, null)),
    );
  }

  private async gather(
    target: ModelTarget | Promise<ModelTarget>,
    resolving: ResolvedInput | Promise<ResolvedInput>,
    context: RequestContext,
  ): Promise<[ModelTarget, ResolvedInput]> {
    const [model, input] = await Promise.allSettled([target, resolving]);
    // What the request holds is given back even where its client has left in the meantime.
    if (input.status === 'rejected') throw input.reason;
    if (model.status === 'rejected') {
      await input.value.release();
      throw model.reason;
    }
    if (context.isOver) await input.value.release();
    return [model.value, input.value];
  }

  private start(
    request: CheckedRequest,
    target: ModelTarget,
    resolved: ResolvedInput,
    responseId: string,
    context: RequestContext,
    keyed: Keyed,
  ): Observable<Answered> {
    try {
      const keeping = this.keepingOf(request, resolved, responseId, context);
      const begin = (prepared: PreparedRequest): Observable<Answered> =>
        keeping.background ? from(this.beginInBackground(prepared, keyed)) : this.run(prepared, keyed);
      const prepared = this.runs.prepare(request, context, target, resolved, keeping);
      return prepared instanceof Promise
        ? from(this.whenReady(prepared, { resolved, context })).pipe(switchMap(begin))
        : begin(prepared);
    } catch (error) {
      void resolved.release();
      throw error;
    }
  }

  /** What the request holds is given back where it is refused, and where its client has left in the meantime. */
  private async whenReady<T>(
    waiting: Promise<T>,
    { resolved, context }: { resolved: ResolvedInput; context: RequestContext },
  ): Promise<T> {
    try {
      const ready = await waiting;
      if (context.isOver) await resolved.release();
      return ready;
    } catch (error) {
      await resolved.release();
      throw error;
    }
  }

  private async beginInBackground(prepared: PreparedRequest, keyed: Keyed): Promise<Answered> {
    const { release, handOver } = prepared.resolved;
    try {
      const begun = this.enqueue(prepared);
      keyed?.begins(begun);
      const answered = await begun;
      handOver();
      return answered;
    } catch (error) {
      await release();
      throw error;
    }
  }

  private async enqueue(prepared: PreparedRequest): Promise<Answered> {
    const holds = await this.reserve(prepared);
    try {
      return await this.background.begin(prepared, holds ?? []);
    } catch (error) {
      if (holds) this.budget.settle(holds, {});
      throw error;
    }
  }

  private run(prepared: PreparedRequest, keyed: Keyed): Observable<ResponseRun> {
    const reserving = this.reserve(prepared);
    return reserving
      ? from(this.whenReady(reserving, prepared)).pipe(
          switchMap((holds) => this.begin(prepared, keyed, holds)),
        )
      : this.begin(prepared, keyed, null);
  }

  /** @returns null where the caller has no such limit, or the model is not asked */
  private reserve({ request, context, translated }: PreparedRequest): Promise<TokenHold[]> | null {
    if (request.generate === false) return null;
    const { RESERVED_OUTPUT_TOKENS } = this.environment;
    return this.budget.reserve(context, () => estimateCost(translated.chat, RESERVED_OUTPUT_TOKENS));
  }

  private begin(prepared: PreparedRequest, keyed: Keyed, holds: TokenHold[] | null): Observable<ResponseRun> {
    const { context, resolved } = prepared;
    const run = this.runs.open(prepared, {
      recorder: this.recorderFor(prepared),
      ...(keyed && { whenLost: 'continue' }),
      whenOver: () => {
        void resolved.release();
        if (holds) this.budget.settle(holds, context.report);
      },
    });
    keyed?.observe(run);
    // Also where it was handed over and nobody has attached to it.
    context.onClose(() => {
      run.abandon();
    });
    return run.start();
  }

  private recorderFor(prepared: PreparedRequest): RunPolicy['recorder'] {
    if (prepared.keeping.store) return this.records.foreground(prepared);
    return prepared.resolved.conversationId === null ? undefined : this.records.releasing(prepared);
  }

  private keepingOf(
    { body, generate }: CheckedRequest,
    { previousId, conversationId }: ResolvedInput,
    responseId: string,
    { connection }: RequestContext,
  ): Keeping {
    const background = this.database.isOn && body.background === true && generate !== false;
    if (background && connection) {
      throw new GatewayError('unsupported_parameter', {
        param: 'background',
        message: 'Background responses are not supported over a WebSocket: use POST /v1/responses.',
      });
    }
    const store = this.database.isOn && (body.store ?? this.environment.STORE_DEFAULT);
    return { store, background, previousId, conversationId, responseId };
  }
}
