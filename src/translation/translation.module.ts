import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { SealingModule } from '../sealing/sealing.module.js';
import { IdsModule } from '../ids/ids.module.js';
import { ReasoningParsersModule } from '../reasoning-parsers/reasoning-parsers.module.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';
import { CheckPool } from './output-check/check-pool.service.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import { ResponseStageRegistry } from './stages/response-stage.registry.js';
import { TranslationService } from './translation.service.js';
import { TurnParts } from './turn-parts.service.js';

@Module({
  imports: [DiscoveryModule, SealingModule, IdsModule, ReasoningParsersModule, ToolParsersModule],
  providers: [CheckPool, OutputChecker, ResponseStageRegistry, TranslationService, TurnParts],
  exports: [TranslationService],
})
export class TranslationModule {}
