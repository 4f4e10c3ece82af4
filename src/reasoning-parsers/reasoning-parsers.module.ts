import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HarmonyReasoningParser } from './harmony.parser.js';
import { MistralReasoningParser } from './mistral.parser.js';
import { ReasoningParserRegistry } from './reasoning-parser.registry.js';
import { DefaultReasoningParser, HybridReasoningParser } from './think.parser.js';

@Module({
  imports: [DiscoveryModule],
  providers: [
    ReasoningParserRegistry,
    DefaultReasoningParser,
    HybridReasoningParser,
    MistralReasoningParser,
    HarmonyReasoningParser,
  ],
  exports: [ReasoningParserRegistry],
})
export class ReasoningParsersModule {}
