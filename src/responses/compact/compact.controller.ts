import { All, Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import type { CompactionResource } from '../../contracts/compaction-api.js';
import { CurrentRequest } from '../../request/current-request.decorator.js';
import { InFlight } from '../../request/in-flight.decorator.js';
import { notAllowed } from '../../request/method-guard.controller.js';
import { type CheckedCompaction, CompactPipe } from './compact.pipe.js';
import { CompactService } from './compact.service.js';

@Controller('v1/responses/compact')
export class CompactController {
  constructor(private readonly compactions: CompactService) {}

  @Post()
  @HttpCode(200)
  @InFlight()
  compact(
    @Body(CompactPipe) request: CheckedCompaction,
    @CurrentRequest() context: RequestContext,
  ): Observable<CompactionResource> {
    return this.compactions.compact(request, context);
  }

  /** Here, since it would be taken for the id of a response. */
  @All()
  refuse(): never {
    throw notAllowed('POST', 'Use POST /v1/responses/compact.');
  }
}
