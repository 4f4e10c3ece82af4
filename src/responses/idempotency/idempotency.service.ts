import { Injectable } from '@nestjs/common';
import { defer, finalize, from, type Observable, of, switchMap } from 'rxjs';
import { Environment } from '../../config/environment.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { EventLog } from '../../coordination/event-log.js';
import { IdempotencyStore } from '../../coordination/idempotency-store.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { Gate } from '../../request/gate.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { LogWriter } from '../background/log-writer.js';
import { LoggedAnswer } from '../background/logged-answer.js';
import type { CheckedRequest } from '../dto/create-response.pipe.js';
import { AnswerSource } from '../run/answer-source.js';
import { OutcomeObserver } from './outcome-observer.js';
import { digestOf, readIdempotencyKey } from './read-key.js';

const KEEP_MS = 86_400_000;
const REPLAYED = 'idempotent-replayed';

/** What a client gets: the response, or what it is attached to. */
export type Answered = AnswerSource | ResponseObject;

/** What hears of how a request with a key is answered for the first time; null: it has none. */
export type Keyed = {
  /** It is answered by this, which goes on without its client. */
  observe(run: AnswerSource): void;
  /** It is answered in the background: its outcome is that it was begun, also where its client has left by then. */
  begins(begun: Promise<Answered>): void;
} | null;

/** What is kept of an outcome: the response, or the name of the log that has its events. */
type Outcome = { response: ResponseObject } | { log: string; obfuscate: boolean };

/** Answers a request with an `Idempotency-Key` once, however often it is sent: from then on with what it has come to. */
@Injectable()
export class IdempotencyService {
  constructor(
    @InjectExtension(IdempotencyStore) private readonly store: IdempotencyStore,
    @InjectExtension(EventLog) private readonly log: EventLog,
    private readonly environment: Environment,
  ) {}

  /**
   * @param answer answers it, and has a run go on without its client and be observed where the request has a key
   * @throws GatewayError while it is being answered (409), or when the key was used with another body (422)
   */
  once(
    request: CheckedRequest,
    context: RequestContext,
    answer: (keyed: Keyed) => Observable<Answered>,
  ): Observable<Answered> {
    // Turns of a connection have its headers: the key would be that of all of them.
    const key = context.connection ? null : readIdempotencyKey(context);
    if (key === null) return answer(null);
    const scope = digestOf(tenantOf(context), key);
    const { body, unknownFields } = request;
    const fingerprint = digestOf(JSON.stringify({ body, unknownFields }));
    return defer(() => from(this.store.begin(scope, fingerprint, this.environment.LEASE_MS))).pipe(
      switchMap((state) => {
        if (state.kind === 'running') throw new GatewayError('idempotency_key_in_use');
        if (state.kind === 'other') throw new GatewayError('idempotency_key_reused');
        if (state.kind === 'begun') return this.begin(scope, request, answer);
        context.answerHeaders[REPLAYED] = 'true';
        return of(this.replay(JSON.parse(state.outcome) as Outcome));
      }),
    );
  }

  private begin(
    scope: string,
    { body }: CheckedRequest,
    answer: (keyed: Keyed) => Observable<Answered>,
  ): Observable<Answered> {
    const renewal = setInterval(() => {
      this.store.renew(scope, this.environment.LEASE_MS).catch(() => undefined);
    }, this.environment.LEASE_MS / 3);
    const settle = (work: Promise<void>): void => {
      clearInterval(renewal);
      // An outcome that cannot be kept is asked for once more.
      work.catch(() => undefined);
    };
    const release = (): void => {
      settle(this.store.release(scope));
    };
    const observer =
      body.stream === true
        ? this.logEvents(scope, body.stream_options?.include_obfuscation === true, settle)
        : this.keepResponse(scope, settle, release);
    let isAnswered = false;
    const keyed: Keyed = {
      observe: (run) => {
        isAnswered = true;
        run.observe(observer);
      },
      begins: (begun) => {
        isAnswered = true;
        begun.then((answered) => {
          settle(this.finish(scope, outcomeOf(answered)));
        }, release);
      },
    };
    // A process that has died while it answered has left what it had said.
    const cleared = body.stream === true ? this.log.delete(scope) : Promise.resolve();
    return from(cleared).pipe(
      switchMap(() => answer(keyed)),
      finalize(() => {
        // It was wrong, or its client has left before there was anything to go on.
        if (!isAnswered) release();
      }),
    );
  }

  private keepResponse(
    scope: string,
    settle: (work: Promise<void>) => void,
    release: () => void,
  ): OutcomeObserver {
    return new OutcomeObserver({
      finish: (response) => {
        settle(this.finish(scope, { response }));
      },
      release,
    });
  }

  private logEvents(
    scope: string,
    obfuscate: boolean,
    settle: (work: Promise<void>) => void,
  ): OutcomeObserver {
    const writer = new LogWriter(this.log, scope, new Gate(), KEEP_MS, () => false);
    return new OutcomeObserver({
      next: (event) => {
        writer.next(event);
      },
      finish: (response) => {
        writer.end(response);
        settle(writer.written.then(() => this.finish(scope, { log: scope, obfuscate })));
      },
      release: () => {
        writer.end(null);
        settle(writer.written.then(() => this.log.delete(scope)).then(() => this.store.release(scope)));
      },
    });
  }

  private replay(outcome: Outcome): Answered {
    return 'log' in outcome
      ? new LoggedAnswer(this.log, outcome.log, -1, outcome.obfuscate)
      : outcome.response;
  }

  private finish(scope: string, outcome: Outcome): Promise<void> {
    return this.store.finish(scope, JSON.stringify(outcome), KEEP_MS);
  }
}

function outcomeOf(answered: Answered): Outcome {
  return answered instanceof LoggedAnswer
    ? { log: answered.name, obfuscate: answered.obfuscate }
    : { response: answered as ResponseObject };
}
