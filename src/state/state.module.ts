import { Global, Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { ConversationStore } from './conversation-store.js';
import { ResponseStore } from './response-store.js';
import { SqlConversationStore } from './sql/sql-conversation-store.js';
import { SqlResponseStore } from './sql/sql-response-store.js';
import { SweeperService } from './sweeper.service.js';

@Global()
@Module({
  providers: [
    ...extensionPoint(ResponseStore, SqlResponseStore),
    ...extensionPoint(ConversationStore, SqlConversationStore),
    SweeperService,
  ],
  exports: [
    SqlResponseStore,
    extensionToken(ResponseStore),
    SqlConversationStore,
    extensionToken(ConversationStore),
  ],
})
export class StateModule {}
