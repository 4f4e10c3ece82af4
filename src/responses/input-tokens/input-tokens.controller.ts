import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CallContext } from '../../call/call-context.js';
import type { InputTokens } from '../../contracts/compaction-api.js';
import { CurrentCall } from '../../http/current-call.decorator.js';
import { InFlight } from '../../http/in-flight.decorator.js';
import { TrackedAnswer } from '../../http/tracked-answer.interceptor.js';
import { type CheckedCount, InputTokensPipe } from './input-tokens.pipe.js';
import { InputTokensService } from './input-tokens.service.js';

@Controller('v1/responses/input_tokens')
export class InputTokensController {
  constructor(private readonly tokens: InputTokensService) {}

  @Post()
  @HttpCode(200)
  @InFlight()
  @UseInterceptors(TrackedAnswer)
  count(
    @Body(InputTokensPipe) request: CheckedCount,
    @CurrentCall() call: CallContext,
  ): Observable<InputTokens> {
    return this.tokens.count(request, call);
  }
}
