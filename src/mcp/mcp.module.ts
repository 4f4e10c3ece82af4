import { lookup } from 'node:dns';
import { Module } from '@nestjs/common';
import { HOST_LOOKUP } from './guarded-agent.js';
import { McpServers } from './mcp-servers.service.js';

@Module({
  providers: [McpServers, { provide: HOST_LOOKUP, useValue: lookup }],
  exports: [McpServers],
})
export class McpModule {}
