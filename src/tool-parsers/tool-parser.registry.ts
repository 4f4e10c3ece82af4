import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import type { ToolTable } from '../translation/request/tools/tool-table.js';
import { ParserFamilies } from './lib/parser-families.js';
import { ToolParser, type ToolParserFamily, type ToolTextParser } from './tool-parser.decorator.js';

/** Finds every class marked with `@ToolParser`, the gateway's own and those of extension modules. */
@Injectable()
export class ToolParserRegistry implements OnModuleInit {
  private readonly families = new ParserFamilies<ToolParserFamily>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly environment: Environment,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ToolParser.KEY })) {
      const options = this.discovery.getMetadataByDecorator(ToolParser, wrapper);
      if (options) this.families.add(options, wrapper.instance as ToolParserFamily);
    }
    const wanted = this.environment.TOOL_CALL_PARSER;
    if (wanted !== undefined && !this.knows(wanted)) {
      throw new Error(
        `Invalid environment:\n  TOOL_CALL_PARSER=${wanted}: must be one of auto, ${this.names.join(', ')}`,
      );
    }
  }

  get names(): string[] {
    return this.families.names;
  }

  /** @param setting a name, `auto`, or null for none */
  knows(setting: string | null): boolean {
    return this.families.knows(setting);
  }

  /** @param setting a name, `auto` or null. @returns null when there is no parser, or none known for the model */
  choose(setting: string | null, model: string): string | null {
    return this.families.choose(setting, model);
  }

  /** Whether the text of this family only comes when the server leaves special tokens in. */
  needsSpecialTokens(name: string): boolean {
    return this.families.needsSpecialTokens(name);
  }

  /** @throws Error when no parser has that name */
  find(name: string): ToolParserFamily {
    const family = this.families.find(name);
    if (!family) throw new Error(`There is no tool parser named ${name}`);
    return family;
  }

  /** @throws Error when no parser has that name */
  create(name: string, tools: ToolTable): ToolTextParser {
    return this.find(name).create(tools);
  }
}
