import { Module } from '@nestjs/common';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { ReasoningParsersModule } from '../reasoning-parsers/reasoning-parsers.module.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { ParserChoice } from './parser-choice.js';

@Module({
  imports: [ReasoningParsersModule, ToolParsersModule, UpstreamsModule],
  controllers: [ModelsController],
  providers: [ModelCatalogue, ModelsService, ParserChoice],
  exports: [ModelCatalogue, ModelsService],
})
export class ModelsModule {}
