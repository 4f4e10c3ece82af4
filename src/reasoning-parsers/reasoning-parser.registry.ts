import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import { ParserRegistry } from '../tool-parsers/parser.registry.js';
import {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTextParser,
  type ReasoningTurn,
} from './reasoning-parser.decorator.js';

/** The classes marked with `@ReasoningParser`. */
@Injectable()
export class ReasoningParserRegistry extends ParserRegistry<ReasoningParserFamily> {
  constructor(discovery: DiscoveryService, environment: Environment) {
    super(discovery, environment, ReasoningParser, 'REASONING_PARSER');
  }

  /** @throws Error when no parser has that name */
  create(name: string, turn: ReasoningTurn): ReasoningTextParser {
    return this.find(name).create(turn);
  }
}
