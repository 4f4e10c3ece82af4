import { Module } from '@nestjs/common';
import { EnvelopesModule } from '../envelopes/envelopes.module.js';
import { IdsModule } from '../ids/ids.module.js';
import { ReasoningParsersModule } from '../reasoning-parsers/reasoning-parsers.module.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';
import { CheckPool } from './output-check/check-pool.service.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import { TranslationService } from './translation.service.js';

@Module({
  imports: [EnvelopesModule, IdsModule, ReasoningParsersModule, ToolParsersModule],
  providers: [CheckPool, OutputChecker, TranslationService],
  exports: [TranslationService],
})
export class TranslationModule {}
