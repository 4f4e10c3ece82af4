import { Module } from '@nestjs/common';
import { SealingModule } from '../sealing/sealing.module.js';
import { IdsModule } from '../ids/ids.module.js';
import { ReasoningParsersModule } from '../reasoning-parsers/reasoning-parsers.module.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';
import { CheckPool } from './output-check/check-pool.service.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import { TranslationService } from './translation.service.js';

@Module({
  imports: [SealingModule, IdsModule, ReasoningParsersModule, ToolParsersModule],
  providers: [CheckPool, OutputChecker, TranslationService],
  exports: [TranslationService],
})
export class TranslationModule {}
