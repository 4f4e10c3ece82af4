import { Injectable } from '@nestjs/common';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { Environment } from '../config/environment.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import { inSpan } from '../request/trace.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import { TranslationService } from '../translation/translation.service.js';
import { chooseReasoningOutput } from './choose-reasoning-output.js';
import { CreateResponseDto } from './dto/create-response.dto.js';
import { joinedFields } from './input/resolved-input.js';
import type { Untranslated } from './prepared-request.js';

/** Translates a request for a model: as it is, or with changes of its body. */
@Injectable()
export class RequestTranslator {
  constructor(
    private readonly translation: TranslationService,
    private readonly environment: Environment,
  ) {}

  /**
   * Has the request itself answered in this form: its context tells what that leaves out.
   *
   * @throws GatewayError (400) whose `param` is the path of what is wrong
   */
  translate(
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

  /**
   * @param changes of the body; absent: it is translated as it is
   * @throws GatewayError (400)
   */
  translateBody(
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
