import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ToolExecutorRegistry } from './tool-executor.registry.js';

@Module({
  imports: [DiscoveryModule],
  providers: [ToolExecutorRegistry],
  exports: [ToolExecutorRegistry],
})
export class ToolsModule {}
