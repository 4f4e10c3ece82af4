import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import type { ConversationObject, DeletedConversation } from '../contracts/state-api.js';
import { CurrentRequest } from '../request/current-request.decorator.js';
import type { RequestContext } from '../request/request-context.js';
import type { Checked } from '../responses/dto/body.pipe.js';
import { StoredGuard } from '../state/stored.guard.js';
import type { CreateConversationDto, UpdateConversationDto } from './conversations.dto.js';
import { CreateConversationPipe, UpdateConversationPipe } from './conversations.pipes.js';
import { ConversationsService } from './conversations.service.js';

@Controller('v1/conversations')
@UseGuards(StoredGuard)
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  @Post()
  @HttpCode(200)
  create(
    @Body(CreateConversationPipe) { body, unknownFields }: Checked<CreateConversationDto>,
    @CurrentRequest() context: RequestContext,
  ): Promise<ConversationObject> {
    context.ignored = Object.keys(unknownFields);
    return this.conversations.create(body, context);
  }

  @Get(':id')
  find(@Param('id') id: string, @CurrentRequest() context: RequestContext): Promise<ConversationObject> {
    return this.conversations.find(id, context);
  }

  @Post(':id')
  @HttpCode(200)
  update(
    @Param('id') id: string,
    @Body(UpdateConversationPipe) { body, unknownFields }: Checked<UpdateConversationDto>,
    @CurrentRequest() context: RequestContext,
  ): Promise<ConversationObject> {
    context.ignored = Object.keys(unknownFields);
    return this.conversations.update(id, body, context);
  }

  @Delete(':id')
  delete(@Param('id') id: string, @CurrentRequest() context: RequestContext): Promise<DeletedConversation> {
    return this.conversations.delete(id, context);
  }
}
