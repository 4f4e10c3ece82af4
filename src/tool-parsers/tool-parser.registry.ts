import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import type { ToolTable } from '../translation/request/tools/tool-table.js';
import { ToolParser, type ToolParserFamily, type ToolTextParser } from './tool-parser.decorator.js';

/** Finds every class marked with `@ToolParser`, the gateway's own and those of extension modules. */
@Injectable()
export class ToolParserRegistry implements OnModuleInit {
  private readonly families = new Map<string, ToolParserFamily>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly environment: Environment,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ToolParser.KEY })) {
      const metadata = this.discovery.getMetadataByDecorator(ToolParser, wrapper);
      for (const name of metadata?.names ?? []) this.families.set(name, wrapper.instance as ToolParserFamily);
    }
    const wanted = this.environment.TOOL_CALL_PARSER;
    if (wanted !== undefined && !this.families.has(wanted)) {
      throw new Error(
        `Invalid environment:\n  TOOL_CALL_PARSER=${wanted}: must be one of ${this.names.join(', ')}`,
      );
    }
  }

  get names(): string[] {
    return [...this.families.keys()].sort();
  }

  /** @throws Error when no parser has that name */
  create(name: string, tools: ToolTable): ToolTextParser {
    const family = this.families.get(name);
    if (!family) throw new Error(`There is no tool parser named ${name}`);
    return family.create(tools);
  }
}
