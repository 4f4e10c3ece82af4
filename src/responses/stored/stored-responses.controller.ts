import { Controller, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { DeletedResponse, ItemList } from '../../contracts/state-api.js';
import { CurrentRequest } from '../../request/current-request.decorator.js';
import type { RequestContext } from '../../request/request-context.js';
import { StoredGuard } from '../../state/stored.guard.js';
import { EventStream } from '../../transport/http/event-stream.decorator.js';
import { type AskedPage, PagePipe } from '../../transport/http/query/page.pipe.js';
import type { LoggedAnswer } from '../background/logged-answer.js';
import { type Retrieval, RetrievePipe } from './retrieve.pipe.js';
import { StoredResponsesService } from './stored-responses.service.js';

@Controller('v1/responses/:id')
@UseGuards(StoredGuard)
export class StoredResponsesController {
  constructor(private readonly responses: StoredResponsesService) {}

  @Get()
  @EventStream()
  retrieve(
    @Param('id') id: string,
    @Query(RetrievePipe) retrieval: Retrieval,
    @CurrentRequest() context: RequestContext,
  ): Promise<ResponseObject | LoggedAnswer> {
    context.ignored = retrieval.ignored;
    return this.responses.retrieve(id, retrieval, context);
  }

  @Delete()
  delete(@Param('id') id: string, @CurrentRequest() context: RequestContext): Promise<DeletedResponse> {
    return this.responses.delete(id, context);
  }

  @Get('input_items')
  listInput(
    @Param('id') id: string,
    @Query(PagePipe) { page, ignored }: AskedPage,
    @CurrentRequest() context: RequestContext,
  ): Promise<ItemList> {
    context.ignored = ignored;
    return this.responses.listInput(id, page, context);
  }

  @Post('cancel')
  @HttpCode(200)
  cancel(@Param('id') id: string, @CurrentRequest() context: RequestContext): Promise<ResponseObject> {
    return this.responses.cancel(id, context);
  }
}
