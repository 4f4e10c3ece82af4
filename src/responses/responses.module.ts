import { Module } from '@nestjs/common';
import { RequestModule } from '../request/request.module.js';
import { HttpModule } from '../transport/http/http.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { McpModule } from '../mcp/mcp.module.js';
import { ModelsModule } from '../models/models.module.js';
import { PromptsModule } from '../prompts/prompts.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { TranslationModule } from '../translation/translation.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { BackgroundEndings } from './background/background-endings.service.js';
import { BackgroundWorker } from './background/background-worker.service.js';
import { BackgroundService } from './background/background.service.js';
import { CompactController } from './compact/compact.controller.js';
import { CompactService } from './compact/compact.service.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { InputService } from './input/input.service.js';
import { InputTokensController } from './input-tokens/input-tokens.controller.js';
import { InputTokensService } from './input-tokens/input-tokens.service.js';
import { RecordService } from './record/record.service.js';
import { ResponsesController } from './responses.controller.js';
import { ResponsesService } from './responses.service.js';
import { RequestTranslator } from './request-translator.service.js';
import { RunFactory } from './run-factory.service.js';
import { StoredResponsesController } from './stored/stored-responses.controller.js';
import { StoredResponsesService } from './stored/stored-responses.service.js';
import { HostedTools } from './tools/hosted-tools.service.js';
import { ToolboxService } from './tools/toolbox.service.js';

@Module({
  imports: [
    HttpModule,
    LimitsModule,
    McpModule,
    RequestModule,
    ModelsModule,
    PromptsModule,
    ToolsModule,
    TranslationModule,
    UpstreamsModule,
    WebhooksModule,
  ],
  controllers: [ResponsesController, CompactController, InputTokensController, StoredResponsesController],
  providers: [
    ResponsesService,
    InputService,
    RunFactory,
    RequestTranslator,
    HostedTools,
    ToolboxService,
    RecordService,
    IdempotencyService,
    BackgroundService,
    BackgroundEndings,
    BackgroundWorker,
    CompactService,
    InputTokensService,
    StoredResponsesService,
  ],
  exports: [ResponsesService],
})
export class ResponsesModule {}
