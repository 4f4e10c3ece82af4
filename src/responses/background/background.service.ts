import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { hasEnded } from '../../contracts/response-status.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { EventLog } from '../../coordination/event-log.js';
import { JobQueue } from '../../coordination/job-queue.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { TokenBudget, type TokenHold } from '../../limits/token-budget.service.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { inSpan } from '../../request/trace.js';
import { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import { responseNotFound } from '../../state/not-found.js';
import { type ResponseRecord, ResponseStore, type StoredResponse } from '../../state/response-store.js';
import { RecordService } from '../record/record.service.js';
import type { PreparedRequest } from '../prepared-request.js';
import { BackgroundEndings, queuedEvents } from './background-endings.service.js';
import { holdsOf, packJob } from './job-payload.js';
import { LoggedAnswer } from './logged-answer.js';

/** How long whoever works on a response has to end it when it is cancelled, and how often to look. */
const CANCEL_MS = 2_000;
const LOOK_MS = 20;

/** Background responses, as their clients see them. */
@Injectable()
export class BackgroundService {
  constructor(
    @InjectExtension(ResponseStore) private readonly store: ResponseStore,
    @InjectExtension(EventLog) private readonly log: EventLog,
    @InjectExtension(JobQueue) private readonly queue: JobQueue,
    @InjectExtension(EnvelopeSealer) private readonly sealer: EnvelopeSealer,
    private readonly records: RecordService,
    private readonly endings: BackgroundEndings,
    private readonly budget: TokenBudget,
    private readonly environment: Environment,
  ) {}

  /**
   * Has a response worked on.
   *
   * @param holds tokens that are reserved for it; whoever works on it, or cancels it before, settles them
   * @returns what there is of it, or for `stream: true` its events
   * @throws GatewayError `rate_limit_exceeded` when too many wait
   */
  async begin(
    prepared: PreparedRequest,
    holds: readonly TokenHold[],
  ): Promise<ResponseObject | LoggedAnswer> {
    const { request, context, translated } = prepared;
    const tenant = tenantOf(context);
    const response: ResponseObject = { ...translated.response, status: 'queued' };
    const streamed = request.body.stream === true;
    const record: ResponseRecord = {
      tenant,
      response,
      input: this.records.inputOf(prepared),
      hidden: [],
      streamed,
      expiresAt: response.created_at + Math.ceil(this.environment.STORE_TTL / 1_000),
      job: packJob({ request, context, holds }, this.sealer, this.environment.UPSTREAM_PASS_AUTHORIZATION),
    };
    await inSpan(context.trace, 'store', () => this.store.create(record));
    try {
      if (streamed) {
        const options = { isEnd: false, keepMs: this.environment.EVENT_LOG_TTL };
        await this.log.append(response.id, queuedEvents(response), options);
      }
      await this.queue.add({ tenant, id: response.id });
    } catch (error) {
      await this.store.delete(tenant, response.id);
      throw error;
    }
    return streamed ? this.read(tenant, response.id, -1, translated.plan.obfuscate) : response;
  }

  /**
   * The events of a background stream.
   *
   * @param after sequence number of the last one that is not wanted; -1: all are
   * @throws GatewayError (400, param `stream`) when they are no longer kept
   */
  async resume(
    { response, streamed }: StoredResponse,
    after: number,
    obfuscate: boolean,
    context: RequestContext,
  ): Promise<LoggedAnswer> {
    if (!streamed) {
      throw invalidRequest(
        'stream',
        'Only responses that were created with background and stream can be streamed.',
      );
    }
    if (!(await this.log.read(response.id, after, 1))) {
      throw invalidRequest('stream', `The events of response '${response.id}' are no longer kept.`);
    }
    return this.read(tenantOf(context), response.id, after, obfuscate);
  }

  private read(tenant: string, id: string, after: number, obfuscate: boolean): LoggedAnswer {
    return new LoggedAnswer(this.log, id, after, obfuscate, {
      afterMs: this.environment.LEASE_MS,
      look: () => this.endings.completeLog(tenant, id),
    });
  }

  /** @returns the response as it has ended, by this or in another way */
  async cancel(stored: StoredResponse, context: RequestContext): Promise<ResponseObject> {
    const tenant = tenantOf(context);
    const { id, background } = stored.response;
    if (!background) throw invalidRequest(null, 'Cannot cancel a synchronous response.');
    if (hasEnded(stored.response)) return stored.response;
    await this.queue.cancel({ tenant, id }).catch(() => undefined);
    if (await this.cancelUnbegun(tenant, stored)) return this.findEnded(tenant, id);
    const deadline = performance.now() + CANCEL_MS;
    let current = await this.store.find(tenant, id);
    while (current?.response.status === 'in_progress' && performance.now() < deadline) {
      await pause(LOOK_MS);
      current = await this.store.find(tenant, id);
    }
    if (current && !hasEnded(current.response)) await this.endings.cancel(tenant, current);
    return this.findEnded(tenant, id);
  }

  /** Takes it from whoever might begin it, so that what was reserved for it is given back once. @returns false where it has begun */
  private async cancelUnbegun(tenant: string, stored: StoredResponse): Promise<boolean> {
    const { id } = stored.response;
    if (!stored.job || !(await this.store.begin(tenant, id, this.environment.LEASE_MS))) return false;
    this.budget.settle(holdsOf(stored.job), {});
    await this.endings.cancel(tenant, stored);
    return true;
  }

  /** @throws GatewayError `not_found` */
  private async findEnded(tenant: string, id: string): Promise<ResponseObject> {
    const ended = await this.store.find(tenant, id);
    if (!ended) throw responseNotFound(id);
    return ended.response;
  }
}
