import { Module } from '@nestjs/common';
import { EnvelopesModule } from '../envelopes/envelopes.module.js';
import { IdsModule } from '../ids/ids.module.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';
import { OutputChecker } from './output-checker.service.js';
import { TranslationService } from './translation.service.js';

@Module({
  imports: [EnvelopesModule, IdsModule, ToolParsersModule],
  providers: [OutputChecker, TranslationService],
  exports: [TranslationService],
})
export class TranslationModule {}
