import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { ModelsModule } from '../models/models.module.js';
import { PassthroughController } from './passthrough.controller.js';
import { PassthroughService } from './passthrough.service.js';

/** There where PASSTHROUGH_ENABLED is on. */
@Module({
  imports: [LimitsModule, ModelsModule],
  controllers: [PassthroughController],
  providers: [PassthroughService],
})
export class PassthroughModule {}
