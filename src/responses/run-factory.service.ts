import { Injectable } from '@nestjs/common';
import { catchError, throwError } from 'rxjs';
import { isObject } from '../contracts/raw-object.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import { inSpan } from '../request/trace.js';
import { toItems } from '../state/join-input.js';
import type { Keeping } from '../translation/request/keeping.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import type { Answer } from '../translation/turn.js';
import { refusesImages } from '../upstreams/media-refusal.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import { type OpenOptions, UpstreamClient } from '../upstreams/upstream.client.js';
import { lacksToolParser } from '../upstreams/upstream.errors.js';
import { affinityKeyOf } from './affinity-key.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import { CreateResponseDto } from './dto/create-response.dto.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import { joinedFields, type ResolvedInput } from './input/resolved-input.js';
import type { Recorder } from './run/event-barrier.js';
import { ResponseRun } from './run/response-run.js';
import { type Progress, serveAnswer } from './tools/serve-answer.js';
import type { Toolbox } from './tools/toolbox.js';
import { ToolboxService } from './tools/toolbox.service.js';

/** A request whose model, input and translation are known: it can be answered. */
export interface PreparedRequest {
  request: CheckedRequest;
  context: RequestContext;
  target: ModelTarget;
  resolved: ResolvedInput;
  keeping: Keeping;
  /** Tools that the gateway runs; null: none. */
  toolbox: Toolbox | null;
  translated: TranslatedRequest;
}

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
    const prepared = { request, context, target, resolved, keeping };
    const toolbox = this.openToolbox(request, resolved, context);
    return toolbox instanceof Promise
      ? toolbox.then((opened) => this.prepareWith(opened, prepared))
      : this.prepareWith(toolbox, prepared);
  }

  open(prepared: PreparedRequest, policy: RunPolicy = {}): ResponseRun {
    const { request, context, resolved, translated, target } = prepared;
    const { report } = context;
    const callerId = context.caller?.id ?? '';
    let current = target;
    let answer: Answer | null = null;
    let progress: Progress | undefined;
    const toolbox =
      prepared.toolbox &&
      serveAnswer(prepared.toolbox, prepared, (next) => {
        progress = next;
        return this.translate(prepared, current, next);
      });
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
        prepared.toolbox?.close();
        policy.whenOver?.();
      },
      question: request.generate === false ? null : translated,
      openAnswer: (handlers) => {
        answer = this.translation.openAnswer(translated, {
          ...handlers,
          callerId,
          toolbox,
          wasQueued: policy.wasQueued,
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
      translateAnew: (error) => {
        if (refusesImages(error, translated.chat)) this.models.switchToNotes(current);
        const raw = this.withoutServersParser(current, error);
        if (!raw) return null;
        current = raw;
        return this.translate(prepared, raw, progress);
      },
    });
  }

  private openToolbox(
    { body, generate }: CheckedRequest,
    resolved: ResolvedInput,
    context: RequestContext,
  ): Toolbox | null | Promise<Toolbox> {
    if (generate === false) return null;
    try {
      return this.toolboxes.open(body, resolved.input, context);
    } catch (error) {
      throw resolved.explain(error);
    }
  }

  private prepareWith(
    toolbox: Toolbox | null,
    prepared: Omit<PreparedRequest, 'translated' | 'toolbox'>,
  ): PreparedRequest {
    prepared.context.onClose(() => {
      if (toolbox?.isInUse === false) toolbox.close();
    });
    return { ...prepared, toolbox, translated: this.translate({ ...prepared, toolbox }, prepared.target) };
  }

  /** @param progress absent: the answer is to begin */
  private translate(
    { request, context, resolved, keeping, toolbox }: Omit<PreparedRequest, 'translated'>,
    target: ModelTarget,
    progress?: Progress,
  ): TranslatedRequest {
    const { body, unknownFields } = request;
    const joined = joinedFields(resolved);
    try {
      const translated = inSpan(context.trace, 'translate', () =>
        this.translation.translate(
          joined || keeping.background || progress
            ? Object.assign(new CreateResponseDto(), body, {
                ...joined,
                background: null,
                ...(progress && goingOn(resolved.input, body.tool_choice, progress)),
              })
            : body,
          {
            ...target,
            reasoningOutput: chooseReasoningOutput(context, this.environment.REASONING_OUTPUT),
            callerId: context.caller?.id ?? '',
            unknownFields,
            keeping,
            ...(toolbox && { served: toolbox.served }),
          },
        ),
      );
      const { plan } = translated;
      if (progress) return translated;
      context.ignored = plan.ignored;
      if (plan.tools.size > 0)
        context.report.toolCalls = { parser: plan.toolParser ?? 'upstream', parsed: 0, broken: 0 };
      return translated;
    } catch (error) {
      throw resolved.explain(error);
    }
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(target: ModelTarget, error: unknown): ModelTarget | null {
    const isAutomatic = target.profile.toolCalls === 'auto';
    return isAutomatic && lacksToolParser(error) ? this.models.switchToRaw(target) : null;
  }
}

/** Nothing is demanded of the model once it has had a turn. */
function goingOn(
  input: unknown,
  choice: unknown,
  { items, mayCall }: Progress,
): Pick<CreateResponseBody, 'input' | 'tool_choice'> {
  const isFilter = isObject(choice) && choice.type === 'allowed_tools';
  return {
    input: [...toItems(input), ...items],
    tool_choice: !mayCall ? 'none' : isFilter ? { ...choice, mode: 'auto' } : 'auto',
  };
}

export function warn(context: RequestContext, warning: string): void {
  if (context.warnings.includes(warning)) return;
  context.warnings = [...context.warnings, warning];
  context.report.warnings = context.warnings;
}
