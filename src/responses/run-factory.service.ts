import { Injectable } from '@nestjs/common';
import { catchError, throwError } from 'rxjs';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import { inSpan } from '../request/trace.js';
import { toItems } from '../state/join-input.js';
import { asksForCompaction } from '../translation/compaction/translate-compaction.js';
import type { Keeping } from '../translation/request/keeping.js';
import { readContextManagement } from '../translation/request/read-context-management.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import type { Answer } from '../translation/turn.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
import { AskOptions } from './ask-options.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import { compactionThreshold } from './contexts/compaction-threshold.js';
import { Truncation } from './contexts/truncation.js';
import { CreateResponseDto } from './dto/create-response.dto.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { joinedFields, type ResolvedInput } from './input/resolved-input.js';
import type { PreparedRequest, RunPolicy, Untranslated } from './prepared-request.js';
import { letGo } from './let-go.js';
import { ResponseRun } from './run/response-run.js';
import { serveAnswer } from './tools/serve-answer.js';
import type { Toolbox } from './tools/toolbox.js';
import { Questions } from './questions.js';
import { ToolboxService } from './tools/toolbox.service.js';
import { warn } from './warn.js';

/** Makes runs out of requests. */
@Injectable()
export class RunFactory {
  constructor(
    private readonly models: ModelsService,
    private readonly translation: TranslationService,
    private readonly toolboxes: ToolboxService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly environment: Environment,
  ) {}

  /**
   * A promise where servers have to be asked for their tools.
   *
   * @throws GatewayError (400) whose `param` is the path of what is wrong
   */
  prepare(
    request: CheckedRequest,
    context: RequestContext,
    target: ModelTarget,
    resolved: ResolvedInput,
    keeping: Keeping,
  ): PreparedRequest | Promise<PreparedRequest> {
    const { report } = context;
    Object.assign(report, {
      model: target.upstreamModel,
      upstream: this.upstream.name,
      stream: request.body.stream === true,
    });
    const toolbox = this.openToolbox(request, resolved, context);
    const prepareWith = (opened: Toolbox | null): PreparedRequest =>
      this.prepareWith({ request, context, target, resolved, keeping, toolbox: opened });
    return toolbox instanceof Promise ? toolbox.then(prepareWith) : prepareWith(toolbox);
  }

  open(prepared: PreparedRequest, policy: RunPolicy = {}): ResponseRun {
    const { request, context, resolved, translated } = prepared;
    const { report } = context;
    const callerId = context.caller?.id ?? '';
    let answer: Answer | null = null;
    const questions = new Questions(prepared, {
      models: this.models,
      translate: (model, changes) => this.translateBody(prepared, model, changes),
      translateRequest: (model, changes) => this.translate(prepared, model, changes),
    });
    const toolbox =
      prepared.toolbox &&
      serveAnswer(prepared.toolbox, prepared, this.environment.MCP_MAX_TURNS, (progress) =>
        questions.next(progress),
      );
    return new ResponseRun({
      report,
      streamed: request.body.stream === true,
      obfuscate: translated.plan.obfuscate,
      startTimeoutMs: policy.wasQueued ? 0 : this.environment.STREAM_START_TIMEOUT_MS,
      whenLost: policy.whenLost,
      recorder: policy.recorder?.(() => answer),
      whenAnswering: ({ needsQuestion }) => {
        if (!needsQuestion) letGo(prepared, policy.recorder !== undefined);
      },
      whenOver: () => {
        // What is left of the run keeps nothing of the answer.
        answer = null;
        prepared.toolbox?.close();
        policy.whenOver?.();
      },
      question: request.generate === false ? null : translated,
      openAnswer: (handlers) => {
        answer = this.translation.openAnswer(translated, {
          emit: handlers.emit,
          resume: handlers.resume,
          signal: handlers.signal,
          callerId,
          toolbox,
          wasQueued: policy.wasQueued,
          summarise:
            prepared.compactAt === null ? undefined : (tokens, output) => questions.summary(tokens, output),
          warn: (warning) => {
            warn(context, warning);
          },
        });
        return answer;
      },
      ask: (chat, controls) =>
        this.upstream
          .open(chat, new AskOptions(chat, prepared, controls))
          .pipe(
            catchError((error) =>
              this.models
                .explain(error, context)
                .pipe(catchError((named) => throwError(() => resolved.explain(named)))),
            ),
          ),
      translateAnew: (error, asked) => questions.anew(error, asked),
    });
  }

  private openToolbox(
    { body }: CheckedRequest,
    resolved: ResolvedInput,
    context: RequestContext,
  ): Toolbox | null | Promise<Toolbox> {
    if (asksForCompaction(resolved.input)) return null;
    try {
      return this.toolboxes.open(body, resolved.input, context);
    } catch (error) {
      throw resolved.explain(error);
    }
  }

  private prepareWith(prepared: Untranslated): PreparedRequest {
    const { request, context, target, resolved, toolbox } = prepared;
    if (toolbox) {
      context.onClose(() => {
        if (!toolbox.isInUse) toolbox.close();
      });
    }
    const wish = readContextManagement(request.body.context_management);
    const window = this.models.contextWindowOf(target);
    const whole = this.translate(prepared, target);
    const truncation = request.body.truncation === 'auto' ? new Truncation(toItems(resolved.input)) : null;
    const translated =
      truncation?.fitInto(window, whole, (input) => this.translateBody(prepared, target, { input })) ?? whole;
    if (truncation?.hasDropped) warn(context, 'truncated');
    const compactAt = whole.plan.compaction
      ? null
      : compactionThreshold(wish, this.settingFor(prepared), window);
    if (wish && wish !== 'none' && compactAt === null)
      context.ignored = [...context.ignored, 'context_management'];
    const { keeping } = prepared;
    return {
      request,
      context,
      target,
      resolved,
      keeping,
      toolbox,
      translated,
      truncation,
      compactAt,
    };
  }

  /** AUTO_COMPACT_THRESHOLD where it applies: to what is kept, and continues something. */
  private settingFor({ keeping }: Untranslated): string | undefined {
    const continues = keeping.previousId !== null || keeping.conversationId !== null;
    return keeping.store && continues ? this.environment.AUTO_COMPACT_THRESHOLD : undefined;
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
    { request, context, resolved, keeping, toolbox }: Untranslated,
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
        profile: target.profile,
        upstreamModel: target.upstreamModel,
        model: target.model,
        reasoningOutput: chooseReasoningOutput(context, this.environment.REASONING_OUTPUT),
        callerId: context.caller?.id ?? '',
        unknownFields,
        keeping,
        served: toolbox?.served,
        hosted: toolbox?.hosted,
      },
    );
  }
}
