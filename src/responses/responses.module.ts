import { Module } from '@nestjs/common';
import { RequestModule } from '../request/request.module.js';
import { HttpModule } from '../transport/http/http.module.js';
import { ModelsModule } from '../models/models.module.js';
import { TranslationModule } from '../translation/translation.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { CompactController } from './compact/compact.controller.js';
import { CompactService } from './compact/compact.service.js';
import { InputTokensController } from './input-tokens/input-tokens.controller.js';
import { InputTokensService } from './input-tokens/input-tokens.service.js';
import { ResponsesController } from './responses.controller.js';
import { ResponsesService } from './responses.service.js';

@Module({
  imports: [HttpModule, RequestModule, ModelsModule, TranslationModule, UpstreamsModule],
  controllers: [ResponsesController, CompactController, InputTokensController],
  providers: [ResponsesService, CompactService, InputTokensService],
  exports: [ResponsesService],
})
export class ResponsesModule {}
