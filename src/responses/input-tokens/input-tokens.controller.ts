import { All, Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import type { InputTokens } from '../../contracts/compaction-api.js';
import { CurrentRequest } from '../../request/current-request.decorator.js';
import { InFlight } from '../../request/in-flight.decorator.js';
import { notAllowed } from '../../request/method-guard.controller.js';
import { type CheckedCount, InputTokensPipe } from './input-tokens.pipe.js';
import { InputTokensService } from './input-tokens.service.js';

@Controller('v1/responses/input_tokens')
export class InputTokensController {
  constructor(private readonly tokens: InputTokensService) {}

  @Post()
  @HttpCode(200)
  @InFlight()
  count(
    @Body(InputTokensPipe) request: CheckedCount,
    @CurrentRequest() context: RequestContext,
  ): Observable<InputTokens> {
    return this.tokens.count(request, context);
  }

  /** Here, since it would be taken for the id of a response. */
  @All()
  refuse(): never {
    throw notAllowed('POST', 'Use POST /v1/responses/input_tokens.');
  }
}
