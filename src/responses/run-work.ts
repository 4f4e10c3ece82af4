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
import { affinityKeyOf } from './affinity-key.js';
import { type Asker, AskOptions } from './ask-options.js';
import { letGo } from './let-go.js';
import type { PreparedRequest, RunPolicy } from './prepared-request.js';
import { Questions } from './questions.js';
import type { RequestTranslator } from './request-translator.service.js';
import type { Recorder } from './run/event-barrier.js';
import type { RunControls, RunOptions } from './run/run-options.js';
import { serveAnswer } from './tools/serve-answer.js';
import type { Toolbox } from './tools/toolbox.js';
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
export class RunWork implements RunOptions, Asker {
  readonly report: RequestReport;
  readonly streamed: boolean;
  readonly obfuscate: boolean;
  readonly startTimeoutMs: number;
  readonly whenLost: RunPolicy['whenLost'];
  readonly recorder: Recorder | undefined;
  readonly question: Question | null;
  private answer: Answer | null = null;
  /** null: nothing more will be asked. */
  private questions: Questions | null;
  private readonly toolbox: Toolbox | null;
  private readonly served: ServedToolbox | null;

  constructor(
    private readonly services: RunServices,
    prepared: PreparedRequest,
    private readonly policy: RunPolicy,
  ) {
    const { request, context, translated, toolbox } = prepared;
    const { environment } = services;
    this.report = context.report;
    this.streamed = request.body.stream === true;
    this.obfuscate = translated.plan.obfuscate;
    this.startTimeoutMs = policy.wasQueued ? 0 : environment.STREAM_START_TIMEOUT_MS;
    this.whenLost = policy.whenLost;
    this.recorder = policy.recorder?.(() => this.answer);
    this.question = request.generate === false ? null : translated;
    const questions = new Questions(prepared, services.translator, services.models);
    this.questions = questions;
    this.toolbox = toolbox;
    this.served =
      toolbox &&
      serveAnswer(toolbox, prepared, environment.MCP_MAX_TURNS, (progress) => questions.next(progress));
  }

  openAnswer({ emit, resume, signal }: Pick<AnswerHandlers, 'emit' | 'resume' | 'signal'>): Answer {
    const { context, translated, compactAt } = this.asking.prepared;
    this.answer = this.services.translation.openAnswer(translated, {
      emit,
      resume,
      signal,
      callerId: context.caller?.id ?? '',
      toolbox: this.served,
      wasQueued: this.policy.wasQueued,
      summarise: compactAt === null ? undefined : (tokens, output) => this.asking.summary(tokens, output),
      warn: (warning) => {
        warn(context, warning);
      },
    });
    return this.answer;
  }

  ask(chat: ChatRequest, controls: RunControls): Observable<UpstreamAnswer> {
    return this.services.upstream.open(chat, new AskOptions(this.asking.prepared, chat, controls, this));
  }

  explain(error: unknown): Observable<never> {
    const { context, resolved } = this.asking.prepared;
    return this.services.models
      .explain(error, context)
      .pipe(catchError((named) => throwError(() => resolved.explain(named))));
  }

  translateAnew(error: unknown, asked: Question): Question | null {
    return this.asking.anew(error, asked);
  }

  whenAnswering({ needsQuestion }: Answer): void {
    if (needsQuestion) return;
    letGo(this.asking.prepared, this.policy.recorder !== undefined);
    this.questions = null;
  }

  whenOver(): void {
    // What is left of the run keeps nothing of the answer.
    this.answer = null;
    this.toolbox?.close();
    this.policy.whenOver?.();
  }

  affinityKeyOf(chat: ChatRequest): string | undefined {
    if (!this.questions) return undefined;
    const { request, resolved, context } = this.questions.prepared;
    return affinityKeyOf({ body: request.body, conversationId: resolved.conversationId, chat, context });
  }

  private get asking(): Questions {
    if (!this.questions) throw new Error('What was asked has been let go of.');
    return this.questions;
  }
}
