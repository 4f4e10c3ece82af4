import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { ModelsService } from '../models/models.service.js';
import type { RequestContext } from '../request/request-context.js';
import { toItems } from '../state/join-input.js';
import { asksForCompaction } from '../translation/compaction/translate-compaction.js';
import type { Keeping } from '../translation/request/keeping.js';
import { readContextManagement } from '../translation/request/read-context-management.js';
import { TranslationService } from '../translation/translation.service.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
import { compactionThreshold } from './contexts/compaction-threshold.js';
import { Truncation } from './contexts/truncation.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import type { ResolvedInput } from './input/resolved-input.js';
import type { PreparedRequest, RunPolicy, Untranslated } from './prepared-request.js';
import { RequestTranslator } from './request-translator.service.js';
import { ResponseRun } from './run/response-run.js';
import { type RunServices, RunWork } from './run-work.js';
import type { Toolbox } from './tools/toolbox.js';
import { ToolboxService } from './tools/toolbox.service.js';
import { warn } from './warn.js';

/** Makes runs out of requests. */
@Injectable()
export class RunFactory implements RunServices {
  constructor(
    readonly models: ModelsService,
    readonly translation: TranslationService,
    readonly translator: RequestTranslator,
    private readonly toolboxes: ToolboxService,
    @InjectExtension(UpstreamClient) readonly upstream: UpstreamClient,
    readonly environment: Environment,
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
    return new ResponseRun(new RunWork(this, prepared, policy));
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
    const whole = this.translator.translate(prepared, target);
    const truncation = request.body.truncation === 'auto' ? new Truncation(toItems(resolved.input)) : null;
    const translated =
      truncation?.fitInto(window, whole, (input) =>
        this.translator.translateBody(prepared, target, { input }),
      ) ?? whole;
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
}
