import { Module } from '@nestjs/common';
import { ConversationItemsController } from './conversation-items.controller.js';
import { ConversationItemsService } from './conversation-items.service.js';
import { TranslationModule } from '../translation/translation.module.js';
import { ConversationInput } from './conversation-input.service.js';
import { ConversationWriter } from './conversation-writer.service.js';
import { ConversationsController } from './conversations.controller.js';
import { ConversationsService } from './conversations.service.js';

@Module({
  imports: [TranslationModule],
  controllers: [ConversationsController, ConversationItemsController],
  providers: [ConversationsService, ConversationInput, ConversationItemsService, ConversationWriter],
})
export class ConversationsModule {}
