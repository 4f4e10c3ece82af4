import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CallContext } from '../../call/call-context.js';
import type { CompactionResource } from '../../contracts/compaction-api.js';
import { CurrentCall } from '../../http/current-call.decorator.js';
import { InFlight } from '../../http/in-flight.decorator.js';
import { TrackedAnswer } from '../../http/tracked-answer.interceptor.js';
import { type CheckedCompaction, CompactPipe } from './compact.pipe.js';
import { CompactService } from './compact.service.js';

@Controller('v1/responses/compact')
export class CompactController {
  constructor(private readonly compactions: CompactService) {}

  @Post()
  @HttpCode(200)
  @InFlight()
  @UseInterceptors(TrackedAnswer)
  compact(
    @Body(CompactPipe) request: CheckedCompaction,
    @CurrentCall() call: CallContext,
  ): Observable<CompactionResource> {
    return this.compactions.compact(request, call);
  }
}
