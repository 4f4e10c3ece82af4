import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { ModelsModule } from '../models/models.module.js';
import { TranslationModule } from '../translation/translation.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CompactController } from './compact/compact.controller.js';
import { CompactService } from './compact/compact.service.js';
import { InputTokensController } from './input-tokens/input-tokens.controller.js';
import { InputTokensService } from './input-tokens/input-tokens.service.js';
import { ParserNamesCheck } from './parser-names.check.js';
import { ResponsesController } from './responses.controller.js';
import { ResponsesService } from './responses.service.js';

@Module({
  imports: [HttpModule, ModelsModule, TranslationModule, UpstreamModule],
  controllers: [ResponsesController, CompactController, InputTokensController],
  providers: [ResponsesService, CompactService, InputTokensService, ParserNamesCheck],
  exports: [ResponsesService],
})
export class ResponsesModule {}
