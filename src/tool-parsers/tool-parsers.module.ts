import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DeepSeekV32Parser, DeepSeekV4Parser } from './deepseek-dsml.parser.js';
import { DeepSeekV31Parser, DeepSeekV3Parser } from './deepseek.parser.js';
import { GlmParser } from './glm.parser.js';
import { HarmonyParser } from './harmony.parser.js';
import { HermesParser } from './hermes.parser.js';
import { InternlmParser } from './internlm.parser.js';
import { KimiParser } from './kimi.parser.js';
import { Llama3Parser } from './llama3.parser.js';
import { MinimaxParser } from './minimax.parser.js';
import { MistralParser } from './mistral.parser.js';
import { PythonicParser } from './pythonic.parser.js';
import { Qwen3CoderParser } from './qwen3coder.parser.js';
import { ToolParserRegistry } from './tool-parser.registry.js';

@Module({
  imports: [DiscoveryModule],
  providers: [
    ToolParserRegistry,
    HermesParser,
    Qwen3CoderParser,
    GlmParser,
    DeepSeekV3Parser,
    DeepSeekV31Parser,
    DeepSeekV32Parser,
    DeepSeekV4Parser,
    KimiParser,
    MistralParser,
    Llama3Parser,
    InternlmParser,
    MinimaxParser,
    PythonicParser,
    HarmonyParser,
  ],
  exports: [ToolParserRegistry],
})
export class ToolParsersModule {}
