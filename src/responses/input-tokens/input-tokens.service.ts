import { Injectable } from '@nestjs/common';
import { catchError, defer, map, type Observable, of, switchMap } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import type { ChatRequest } from '../../contracts/chat-completions.js';
import type { InputTokens } from '../../contracts/compaction-api.js';
import type { ModelTarget } from '../../models/model-catalogue.js';
import { ModelsService } from '../../models/models.service.js';
import type { TranslatedRequest } from '../../translation/request/translate-request.js';
import { TranslationService } from '../../translation/translation.service.js';
import { OptionsOfRequest } from '../../upstreams/options-of-request.js';
import { UpstreamClient } from '../../upstreams/upstream.client.js';
import { estimateImages, estimateTokens } from '../../translation/request/estimate-tokens.js';
import { InputService } from '../input/input.service.js';
import { joinedFields, type ResolvedInput } from '../input/resolved-input.js';
import type { Toolbox } from '../tools/toolbox.js';
import { ToolboxService } from '../tools/toolbox.service.js';
import { InputTokensDto } from './input-tokens.dto.js';
import type { CheckedCount } from './input-tokens.pipe.js';

const HEADER = 'x-gateway-token-count';
const DEFAULT_MODEL = 'default';

/** Counts the input tokens of a request: with the model server's tokenizer where it offers one, else by an estimate. */
@Injectable()
export class InputTokensService {
  constructor(
    private readonly models: ModelsService,
    private readonly translation: TranslationService,
    private readonly inputs: InputService,
    private readonly toolboxes: ToolboxService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
  ) {}

  /** Cold; unsubscribing aborts the question to the upstream. Says in a header who counted. */
  count({ body, unknownFields }: CheckedCount, context: RequestContext): Observable<InputTokens> {
    return defer(async () =>
      Promise.all([
        this.models.resolve(body.model || DEFAULT_MODEL, context),
        this.inputs.resolve(body, context, null),
      ]),
    ).pipe(
      switchMap(async ([target, resolved]) => {
        const toolbox = await this.toolboxes.open(body, resolved.input, context);
        toolbox?.close();
        return [target, resolved, toolbox] as const;
      }),
      switchMap(([target, resolved, toolbox]) => {
        Object.assign(context.report, { model: target.upstreamModel, upstream: this.upstream.name });
        const { chat, plan } = this.translate(body, unknownFields, target, resolved, toolbox, context);
        context.ignored = plan.ignored;
        return this.countChat(chat, target, context);
      }),
      map((input_tokens) => ({ object: 'response.input_tokens', input_tokens })),
    );
  }

  private translate(
    body: CheckedCount['body'],
    unknownFields: CheckedCount['unknownFields'],
    target: ModelTarget,
    resolved: ResolvedInput,
    toolbox: Toolbox | null,
    context: RequestContext,
  ): TranslatedRequest {
    const joined = joinedFields(resolved);
    const asked = joined ? Object.assign(new InputTokensDto(), body, joined) : body;
    try {
      return this.translation.translate(asked, {
        ...target,
        reasoningOutput: 'off',
        callerId: context.caller?.id ?? '',
        unknownFields,
        served: toolbox?.served,
        hosted: toolbox?.hosted,
      });
    } catch (error) {
      throw resolved.explain(error);
    }
  }

  private countChat(
    chat: ChatRequest,
    { profile, upstreams }: ModelTarget,
    context: RequestContext,
  ): Observable<number> {
    const { tokenCounter } = profile;
    const asked =
      tokenCounter === null
        ? of(null)
        : this.upstream.countTokens(
            chat,
            tokenCounter,
            Object.assign(new OptionsOfRequest(context), { upstreams }),
          );
    return asked.pipe(
      catchError((error: unknown) => this.models.explain(error, context)),
      map((counted) => {
        // Where the server counts text only, images are estimated, and so is the sum.
        const images = tokenCounter === 'count_tokens' ? estimateImages(chat.messages) : 0;
        context.answerHeaders[HEADER] = counted === null || images > 0 ? 'estimate' : 'upstream';
        return counted === null ? estimateTokens(chat) : counted + images;
      }),
    );
  }
}
