import { Module } from '@nestjs/common';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

@Module({
  imports: [UpstreamModule],
  controllers: [ModelsController],
  providers: [ModelCatalogue, ModelsService],
  exports: [ModelCatalogue, ModelsService],
})
export class ModelsModule {}
