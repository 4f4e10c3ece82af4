import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HermesParser } from './hermes.parser.js';
import { ToolParserRegistry } from './tool-parser.registry.js';

@Module({
  imports: [DiscoveryModule],
  providers: [ToolParserRegistry, HermesParser],
  exports: [ToolParserRegistry],
})
export class ToolParsersModule {}
