import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import { ParserRegistry } from './parser.registry.js';
import { ToolParser, type ToolParserFamily, type ToolTextParser } from './tool-parser.decorator.js';

/** The classes marked with `@ToolParser`. */
@Injectable()
export class ToolParserRegistry extends ParserRegistry<ToolParserFamily> {
  constructor(discovery: DiscoveryService, environment: Environment) {
    super(discovery, environment, ToolParser, 'TOOL_CALL_PARSER');
  }

  /** @throws Error when no parser has that name */
  create(name: string, tools: ToolTable): ToolTextParser {
    return this.find(name).create(tools);
  }
}
