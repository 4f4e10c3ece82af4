import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { hasEnded } from '../../contracts/response-status.js';
import { EventLog } from '../../coordination/event-log.js';
import { type Job, JobQueue } from '../../coordination/job-queue.js';
import { Database } from '../../database/database.service.js';
import { GatewayError, toGatewayError } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { RequestLimits } from '../../limits/request-limits.service.js';
import { TokenBudget } from '../../limits/token-budget.service.js';
import { ModelsService } from '../../models/models.service.js';
import { CallObservers } from '../../request/call-observers.service.js';
import { DrainService } from '../../request/drain.service.js';
import type { RequestContext } from '../../request/request-context.js';
import type { Running } from '../../request/running-list.js';
import { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import { ResponseStore, type StoredResponse } from '../../state/response-store.js';
import type { CheckedRequest } from '../dto/create-response.pipe.js';
import { InputService } from '../input/input.service.js';
import { RecordService } from '../record/record.service.js';
import type { ResponseRun } from '../run/response-run.js';
import { RunFactory } from '../run-factory.service.js';
import { BackgroundEndings } from './background-endings.service.js';
import { holdsOf, unpackJob } from './job-payload.js';
import { LogWriter } from './log-writer.js';
import { NoReader } from './no-reader.js';

/** What observers of calls are told of work that no client waits for. */
const JOB = { method: 'JOB', route: 'background' };

/** Works on background responses. */
@Injectable()
export class BackgroundWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    @InjectExtension(ResponseStore) private readonly store: ResponseStore,
    @InjectExtension(JobQueue) private readonly queue: JobQueue,
    @InjectExtension(EventLog) private readonly log: EventLog,
    @InjectExtension(EnvelopeSealer) private readonly sealer: EnvelopeSealer,
    private readonly models: ModelsService,
    private readonly inputs: InputService,
    private readonly runs: RunFactory,
    private readonly records: RecordService,
    private readonly endings: BackgroundEndings,
    private readonly budget: TokenBudget,
    private readonly limits: RequestLimits,
    private readonly drain: DrainService,
    private readonly environment: Environment,
    private readonly observers: CallObservers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.database.isOn) return;
    // Nobody else works with a file: what has not ended there has died with the process.
    if (!this.database.isShared) await this.endAbandoned(0);
    this.queue.process((job, signal) => this.work(job, signal));
    this.watch = setInterval(() => void this.lookAfter(), this.environment.LEASE_MS / 3).unref();
  }

  /** Before the running answers are waited for: what waits is for others, or for the next start. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.watch);
    await this.queue.pause().catch(() => undefined);
  }

  /** What was left by a replica that is gone is begun once more where the model server has not answered yet, and ended otherwise. */
  private async lookAfter(): Promise<void> {
    try {
      await this.endAbandoned(this.environment.LEASE_MS);
    } catch {
      // The store cannot be reached: its next look may be luckier.
    }
  }

  private async endAbandoned(staleMs: number): Promise<void> {
    for (const job of await this.store.listUnfinished(staleMs)) {
      const stored = await this.store.find(job.tenant, job.id);
      if (!stored) continue;
      // A queue that is full takes it another time; the others must not wait for that.
      if (staleMs > 0 && !stored.started) await this.queue.add(job).catch(() => undefined);
      else await this.endings.fail(job.tenant, stored, interrupted());
    }
  }

  private async work(job: Job, signal: AbortSignal): Promise<void> {
    const { tenant, id } = job;
    const stored = await this.store.find(tenant, id);
    if (!stored || hasEnded(stored.response)) return;
    if (!stored.job) {
      // It was sealed with a key that is gone.
      await this.endings.fail(tenant, stored, interrupted());
      return;
    }
    // Another one works on it; if that has died, it is looked after when nothing was heard of it for long enough.
    if (!(await this.store.begin(tenant, id, this.environment.LEASE_MS))) return;
    if (signal.aborted) {
      this.budget.settle(holdsOf(stored.job), {});
      await this.endings.cancel(tenant, stored);
      return;
    }
    const work = unpackJob(stored.job, this.sealer);
    if (!work) {
      this.budget.settle(holdsOf(stored.job), {});
      await this.endings.fail(tenant, stored, interrupted());
      return;
    }
    const { request, context, holds } = work;
    this.observers.beganJob(context);
    const dropped = new AbortController();
    const beat = setInterval(() => void this.beat(job, dropped), this.environment.LEASE_MS / 3);
    let status = 200;
    try {
      await this.limits.occupy(context);
      await this.answer(job, stored, request, context, AbortSignal.any([signal, dropped.signal]));
    } catch (error) {
      const failure = toGatewayError(error);
      status = failure.status;
      context.report.outcome = 'failed';
      context.report.cause = error;
      await this.endings.fail(tenant, stored, failure);
    } finally {
      clearInterval(beat);
      this.budget.settle(holds, context.report);
      context.close();
      this.observers.ended(context, { ...JOB, path: `/v1/responses/${id}`, status });
    }
  }

  /** What has ended elsewhere need not be worked on. A store that is away may be back with the next beat. */
  private async beat({ tenant, id }: Job, dropped: AbortController): Promise<void> {
    const isWanted = await this.store.beat(tenant, id).catch(() => true);
    if (!isWanted) dropped.abort();
  }

  private async answer(
    { tenant, id }: Job,
    stored: StoredResponse,
    request: CheckedRequest,
    context: RequestContext,
    signal: AbortSignal,
  ): Promise<void> {
    const target = await this.models.resolve(request.body.model, context);
    const resolved = await this.inputs.resolve(request.body, context, id);
    const { response } = stored;
    let run: ResponseRun | null = null;
    const recorder = this.records.background(context, response, {
      tenant,
      expiresAt: () => this.endings.expiryOf(response),
      lost: () => run?.stop(),
      ended: resolved.release,
    });
    try {
      const prepared = await this.runs.prepare(request, context, target, resolved, {
        store: response.store,
        background: true,
        previousId: resolved.previousId,
        conversationId: resolved.conversationId,
        responseId: id,
        createdAt: response.created_at,
      });
      run = this.runs.open(prepared, {
        recorder: recorder.open,
        whenLost: 'continue',
        wasQueued: true,
        whenOver: () => void resolved.release(),
      });
    } catch (error) {
      await resolved.release();
      throw error;
    }
    const reader = stored.streamed
      ? new LogWriter(this.log, id, run.gate, this.environment.EVENT_LOG_TTL, () => recorder.isLost())
      : new NoReader();
    await this.finish(run, reader, signal);
    const result = reader.result;
    if (result && !recorder.isLost()) this.endings.announce(result);
  }

  private async finish(run: ResponseRun, reader: LogWriter | NoReader, signal: AbortSignal): Promise<void> {
    const running: Running = {
      slot: -1,
      cancel: (error) => {
        run.cancel(error);
      },
    };
    const stop = (): void => {
      run.stop();
    };
    this.drain.enter(running);
    signal.addEventListener('abort', stop);
    try {
      await new Promise<void>((resolve, reject) => {
        run.start().subscribe({
          next: (started) => {
            started.attach(reader);
            resolve();
          },
          error: reject,
        });
        if (signal.aborted) stop();
      });
      await reader.written;
    } finally {
      signal.removeEventListener('abort', stop);
      this.drain.leave(running);
    }
  }
}

function interrupted(): GatewayError {
  return new GatewayError('internal_error', {
    message: 'The process that worked on this response has ended before the response was complete.',
  });
}
