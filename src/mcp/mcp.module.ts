import { Module } from '@nestjs/common';
import { McpServers } from './mcp-servers.service.js';

@Module({ providers: [McpServers], exports: [McpServers] })
export class McpModule {}
