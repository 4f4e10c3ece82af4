import { Injectable } from '@nestjs/common';
import { defer, map, type Observable, switchMap } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import type { CompactionResource } from '../../contracts/compaction-api.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { asksForCompaction } from '../../translation/compaction/translate-compaction.js';
import { NO_USAGE } from '../../translation/stream/usage.js';
import { TranslationService } from '../../translation/translation.service.js';
import { CreateResponseDto } from '../dto/create-response.dto.js';
import { InputService } from '../input/input.service.js';
import { ResponsesService } from '../responses.service.js';
import type { ResponseRun } from '../run/response-run.js';
import type { CheckedCompaction } from './compact.pipe.js';

/** Compacts a conversation with the same turn as `compaction_trigger`, and prepends the user's messages. */
@Injectable()
export class CompactService {
  constructor(
    private readonly responses: ResponsesService,
    private readonly inputs: InputService,
    private readonly translation: TranslationService,
  ) {}

  /** Cold, like the run of a response: unsubscribing aborts the upstream. */
  compact(
    { body, unknownFields }: CheckedCompaction,
    context: RequestContext,
  ): Observable<CompactionResource> {
    return defer(async () => this.inputs.resolve(body, context, null)).pipe(
      switchMap((resolved) => {
        const input = withTrigger(resolved.input);
        const asked = Object.assign(new CreateResponseDto(), body, { input, previous_response_id: null });
        return this.responses
          .createUnkept({ body: asked, unknownFields }, { ...resolved, input }, context)
          .pipe(map((run) => ({ run, resolved })));
      }),
      map(({ run, resolved }) => {
        const response = resultOf(run);
        return {
          id: response.id,
          object: 'response.compaction',
          created_at: response.created_at,
          output: [...this.translation.keepUserMessages(resolved.input), compactionOf(response)],
          usage: response.usage ?? NO_USAGE,
        };
      }),
    );
  }
}

/** Anything but a list is left to the translation, which rejects it. */
function withTrigger(input: unknown): unknown {
  const items: unknown = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  if (!Array.isArray(items) || asksForCompaction(items)) return items;
  return [...(items as unknown[]), { type: 'compaction_trigger' }];
}

/** @throws GatewayError where the run was cancelled in the very moment in which it was handed over */
function resultOf({ result }: ResponseRun): ResponseObject {
  if (!result) throw new GatewayError('upstream_incomplete');
  return result;
}

/** @throws GatewayError when the summary did not come to its end: half of one would pass for the whole */
function compactionOf({ output, incomplete_details }: ResponseObject) {
  const [item] = output;
  if (item?.type === 'compaction') return item;
  throw incomplete_details?.reason === 'max_output_tokens'
    ? new GatewayError('context_length_exceeded', {
        param: 'input',
        message:
          'The context window was full before the summary was finished: compact earlier, or send less.',
      })
    : new GatewayError('upstream_error', { message: 'The model server withheld the summary.' });
}
