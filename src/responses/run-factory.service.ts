import { Injectable } from '@nestjs/common';
import { catchError, throwError } from 'rxjs';
import type { OutputItem } from '../contracts/responses-api.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import { inSpan } from '../request/trace.js';
import { toItems } from '../state/join-input.js';
import type { Keeping } from '../translation/request/keeping.js';
import { readContextManagement } from '../translation/request/read-context-management.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import type { Question } from '../translation/segments/ask-again.js';
import { TranslationService } from '../translation/translation.service.js';
import type { Answer } from '../translation/turn.js';
import { refusesImages } from '../upstreams/media-refusal.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import { type OpenOptions, UpstreamClient } from '../upstreams/upstream.client.js';
import { lacksToolParser } from '../upstreams/upstream.errors.js';
import { affinityKeyOf } from './affinity-key.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import { compactionThreshold } from './contexts/compaction-threshold.js';
import { summaryInput } from './contexts/summary-input.js';
import { Truncation, type TranslateItems } from './contexts/truncation.js';
import { CreateResponseDto } from './dto/create-response.dto.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { joinedFields, type ResolvedInput } from './input/resolved-input.js';
import type { Recorder } from './run/event-barrier.js';
import { ResponseRun } from './run/response-run.js';

/** What the client may have written at most, a summary may not be cut off by. */
const NO_LIMIT = { max_output_tokens: null, max_completion_tokens: null, max_tokens: null };

/** A request whose model, input and translation are known: it can be answered. */
export interface PreparedRequest {
  request: CheckedRequest;
  context: RequestContext;
  target: ModelTarget;
  resolved: ResolvedInput;
  keeping: Keeping;
  translated: TranslatedRequest;
  /** Shortens what the model is shown; null: it is shown everything. */
  truncation: Truncation | null;
  /** Tokens of the context from which on the answer is followed by a compaction; null: never. */
  compactAt: number | null;
}

type Untranslated = Omit<PreparedRequest, 'translated' | 'truncation' | 'compactAt'>;

export interface RunPolicy {
  /** Makes what keeps the answer. @param answer known once the run has begun */
  recorder?: (answer: () => Answer | null) => Recorder;
  whenLost?: 'abort' | 'continue';
  wasQueued?: boolean;
  whenOver?: () => void;
}

/** Makes runs out of requests. */
@Injectable()
export class RunFactory {
  constructor(
    private readonly models: ModelsService,
    private readonly translation: TranslationService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly environment: Environment,
  ) {}

  /** @throws GatewayError (400) whose `param` is the path of what is wrong */
  prepare(
    request: CheckedRequest,
    context: RequestContext,
    target: ModelTarget,
    resolved: ResolvedInput,
    keeping: Keeping,
  ): PreparedRequest {
    const { report } = context;
    Object.assign(report, {
      model: target.upstreamModel,
      upstream: this.upstream.name,
      stream: request.body.stream === true,
    });
    const prepared = { request, context, target, resolved, keeping };
    const wish = readContextManagement(request.body.context_management);
    const window = this.models.contextWindowOf(target);
    const whole = this.translate(prepared, target);
    const truncation = request.body.truncation === 'auto' ? new Truncation(toItems(resolved.input)) : null;
    const translated = truncation?.fitInto(window, whole, this.shortened(prepared, target)) ?? whole;
    if (truncation?.hasDropped) warn(context, 'truncated');
    const compactAt = whole.plan.compaction
      ? null
      : compactionThreshold(wish, this.settingFor(prepared), window);
    if (wish && wish !== 'none' && compactAt === null)
      context.ignored = [...context.ignored, 'context_management'];
    return { ...prepared, translated, truncation, compactAt };
  }

  open(prepared: PreparedRequest, policy: RunPolicy = {}): ResponseRun {
    const { request, context, resolved, translated, target, truncation } = prepared;
    const { report } = context;
    const callerId = context.caller?.id ?? '';
    let current = target;
    let latest = translated;
    let answer: Answer | null = null;
    return new ResponseRun({
      report,
      streamed: request.body.stream === true,
      obfuscate: translated.plan.obfuscate,
      startTimeoutMs: policy.wasQueued ? 0 : this.environment.STREAM_START_TIMEOUT_MS,
      whenLost: policy.whenLost,
      recorder: policy.recorder?.(() => answer),
      whenOver: () => {
        // What is left of the run keeps nothing of the answer.
        answer = null;
        policy.whenOver?.();
      },
      question: request.generate === false ? null : translated,
      openAnswer: (handlers) => {
        answer = this.translation.openAnswer(translated, {
          ...handlers,
          callerId,
          wasQueued: policy.wasQueued,
          ...(prepared.compactAt !== null && {
            summarise: (tokens, output) => this.summarise(prepared, current, tokens, output),
          }),
          warn: (warning) => {
            warn(context, warning);
          },
        });
        return answer;
      },
      ask: (chat, controls) => {
        const options: OpenOptions = {
          ...optionsOfRequest(context),
          upstreams: target.upstreams,
          gate: controls.gate,
          get signal() {
            return controls.signal;
          },
          // Read where there are several servers to choose from.
          get affinityKey() {
            return affinityKeyOf({
              body: request.body,
              conversationId: resolved.conversationId,
              chat,
              context,
            });
          },
        };
        return this.upstream.open(chat, options).pipe(
          catchError((error) => this.models.explain(error, context)),
          catchError((error) => throwError(() => resolved.explain(error))),
        );
      },
      translateAnew: (error, asked) => {
        const shorter = truncation?.shorten(error, asked, latest, this.shortened(prepared, current));
        if (shorter) {
          latest = shorter.translated;
          warn(context, 'truncated');
          return shorter.question;
        }
        if (refusesImages(error, translated.chat)) this.models.switchToNotes(current);
        const raw = this.withoutServersParser(current, error);
        if (!raw) return null;
        current = raw;
        latest = this.translate(prepared, raw, truncation ? { input: truncation.shown } : undefined);
        return latest;
      },
    });
  }

  /** AUTO_COMPACT_THRESHOLD where it applies: to what is kept, and continues something. */
  private settingFor({ keeping }: Untranslated): string | undefined {
    const continues = keeping.previousId !== null || keeping.conversationId !== null;
    return keeping.store && continues ? this.environment.AUTO_COMPACT_THRESHOLD : undefined;
  }

  private shortened(prepared: Untranslated, target: ModelTarget): TranslateItems {
    return (input) => this.translateBody(prepared, target, { input });
  }

  /** What has the model sum up a conversation whose answer stands; null where its context is short enough. */
  private summarise(
    prepared: PreparedRequest,
    target: ModelTarget,
    tokens: number,
    output: readonly OutputItem[],
  ): Question | null {
    const { context, resolved, truncation, compactAt } = prepared;
    if (compactAt === null || tokens < compactAt) return null;
    const shown = truncation?.shown ?? toItems(resolved.input);
    try {
      return this.translateBody(prepared, target, { input: summaryInput(shown, output), ...NO_LIMIT });
    } catch {
      warn(context, 'not_compacted');
      return null;
    }
  }

  private translate(
    prepared: Untranslated,
    target: ModelTarget,
    changes?: Partial<CreateResponseBody>,
  ): TranslatedRequest {
    const { context, resolved } = prepared;
    try {
      const translated = inSpan(context.trace, 'translate', () =>
        this.translateBody(prepared, target, changes),
      );
      const { plan } = translated;
      context.ignored = plan.ignored;
      if (plan.tools.size > 0)
        context.report.toolCalls = { parser: plan.toolParser ?? 'upstream', parsed: 0, broken: 0 };
      return translated;
    } catch (error) {
      throw resolved.explain(error);
    }
  }

  /** @param changes of the body; absent: it is translated as it is */
  private translateBody(
    { request, context, resolved, keeping }: Untranslated,
    target: ModelTarget,
    changes?: Partial<CreateResponseBody>,
  ): TranslatedRequest {
    const { body, unknownFields } = request;
    const joined = joinedFields(resolved);
    return this.translation.translate(
      joined || keeping.background || changes
        ? Object.assign(new CreateResponseDto(), body, joined, { background: null, ...changes })
        : body,
      {
        ...target,
        reasoningOutput: chooseReasoningOutput(context, this.environment.REASONING_OUTPUT),
        callerId: context.caller?.id ?? '',
        unknownFields,
        keeping,
      },
    );
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(target: ModelTarget, error: unknown): ModelTarget | null {
    const isAutomatic = target.profile.toolCalls === 'auto';
    return isAutomatic && lacksToolParser(error) ? this.models.switchToRaw(target) : null;
  }
}

export function warn(context: RequestContext, warning: string): void {
  if (context.warnings.includes(warning)) return;
  context.warnings = [...context.warnings, warning];
  context.report.warnings = context.warnings;
}
