import { catchError, type Observable, throwError } from 'rxjs';
import type { ChatRequest } from '../contracts/chat-completions.js';
import type { Environment } from '../config/environment.js';
import type { ModelsService } from '../models/models.service.js';
import type { RequestReport } from '../request/request-report.js';
import type { ServedToolbox } from '../translation/answer-tools.js';
import type { Question } from '../translation/segments/ask-again.js';
import type { AnswerHandlers } from '../translation/translation-options.js';
import type { TranslationService } from '../translation/translation.service.js';
import type { Answer } from '../translation/turn.js';
import type { UpstreamAnswer, UpstreamClient } from '../upstreams/upstream.client.js';
import { AskOptions } from './ask-options.js';
import { letGo } from './let-go.js';
import type { PreparedRequest, RunPolicy } from './prepared-request.js';
import { Questions } from './questions.js';
import type { RequestTranslator } from './request-translator.service.js';
import type { Recorder } from './run/event-barrier.js';
import type { RunControls, RunOptions } from './run/run-options.js';
import { serveAnswer } from './tools/serve-answer.js';
import { warn } from './warn.js';

/** Whom the work on an answer is done by. */
export interface RunServices {
  readonly models: ModelsService;
  readonly translation: TranslationService;
  readonly translator: RequestTranslator;
  readonly upstream: UpstreamClient;
  readonly environment: Environment;
}

/** What a run has done for it: its answer opened, the model asked, the request translated anew. */
export class RunWork implements RunOptions {
  readonly report: RequestReport;
  readonly streamed: boolean;
  readonly obfuscate: boolean;
  readonly startTimeoutMs: number;
  readonly whenLost: RunPolicy['whenLost'];
  readonly recorder: Recorder | undefined;
  readonly question: Question | null;
  private answer: Answer | null = null;
  private readonly questions: Questions;
  private readonly toolbox: ServedToolbox | null;

  constructor(
    private readonly services: RunServices,
    private readonly prepared: PreparedRequest,
    private readonly policy: RunPolicy,
  ) {
    const { request, context, translated } = prepared;
    const { environment } = services;
    this.report = context.report;
    this.streamed = request.body.stream === true;
    this.obfuscate = translated.plan.obfuscate;
    this.startTimeoutMs = policy.wasQueued ? 0 : environment.STREAM_START_TIMEOUT_MS;
    this.whenLost = policy.whenLost;
    this.recorder = policy.recorder?.(() => this.answer);
    this.question = request.generate === false ? null : translated;
    this.questions = new Questions(prepared, services.translator, services.models);
    this.toolbox =
      prepared.toolbox &&
      serveAnswer(prepared.toolbox, prepared, environment.MCP_MAX_TURNS, (progress) =>
        this.questions.next(progress),
      );
  }

  openAnswer({ emit, resume, signal }: Pick<AnswerHandlers, 'emit' | 'resume' | 'signal'>): Answer {
    const { context, translated, compactAt } = this.prepared;
    this.answer = this.services.translation.openAnswer(translated, {
      emit,
      resume,
      signal,
      callerId: context.caller?.id ?? '',
      toolbox: this.toolbox,
      wasQueued: this.policy.wasQueued,
      summarise: compactAt === null ? undefined : (tokens, output) => this.questions.summary(tokens, output),
      warn: (warning) => {
        warn(context, warning);
      },
    });
    return this.answer;
  }

  ask(chat: ChatRequest, controls: RunControls): Observable<UpstreamAnswer> {
    const { upstream, models } = this.services;
    const { context, resolved } = this.prepared;
    return upstream
      .open(chat, new AskOptions(chat, this.prepared, controls))
      .pipe(
        catchError((error) =>
          models
            .explain(error, context)
            .pipe(catchError((named) => throwError(() => resolved.explain(named)))),
        ),
      );
  }

  translateAnew(error: unknown, asked: Question): Question | null {
    return this.questions.anew(error, asked);
  }

  whenAnswering({ needsQuestion }: Answer): void {
    if (!needsQuestion) letGo(this.prepared, this.policy.recorder !== undefined);
  }

  whenOver(): void {
    // What is left of the run keeps nothing of the answer.
    this.answer = null;
    this.prepared.toolbox?.close();
    this.policy.whenOver?.();
  }
}
