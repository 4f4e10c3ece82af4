import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { ConversationObject, ItemList, ListedItem } from '../contracts/state-api.js';
import { CurrentRequest } from '../request/current-request.decorator.js';
import type { RequestContext } from '../request/request-context.js';
import type { Checked } from '../responses/dto/body.pipe.js';
import { StoredGuard } from '../state/stored.guard.js';
import { IncludePipe } from '../transport/http/query/include.pipe.js';
import { type AskedPage, PagePipe } from '../transport/http/query/page.pipe.js';
import { ConversationItemsService } from './conversation-items.service.js';
import type { AddItemsDto } from './conversations.dto.js';
import { AddItemsPipe } from './conversations.pipes.js';

@Controller('v1/conversations/:id/items')
@UseGuards(StoredGuard)
export class ConversationItemsController {
  constructor(private readonly items: ConversationItemsService) {}

  @Post()
  @HttpCode(200)
  add(
    @Param('id') id: string,
    @Query(IncludePipe) ignored: readonly string[],
    @Body(AddItemsPipe) { body, unknownFields }: Checked<AddItemsDto>,
    @CurrentRequest() context: RequestContext,
  ): Promise<ItemList> {
    context.ignored = [...ignored, ...Object.keys(unknownFields)];
    return this.items.add(id, body, context);
  }

  @Get()
  list(
    @Param('id') id: string,
    @Query(PagePipe) { page, ignored }: AskedPage,
    @CurrentRequest() context: RequestContext,
  ): Promise<ItemList> {
    context.ignored = ignored;
    return this.items.list(id, page, context);
  }

  @Get(':item_id')
  find(
    @Param('id') id: string,
    @Param('item_id') itemId: string,
    @Query(IncludePipe) ignored: readonly string[],
    @CurrentRequest() context: RequestContext,
  ): Promise<ListedItem> {
    context.ignored = ignored;
    return this.items.find(id, itemId, context);
  }

  @Delete(':item_id')
  delete(
    @Param('id') id: string,
    @Param('item_id') itemId: string,
    @CurrentRequest() context: RequestContext,
  ): Promise<ConversationObject> {
    return this.items.delete(id, itemId, context);
  }
}
