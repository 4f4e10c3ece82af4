import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import { ParserFamilies } from '../tool-parsers/lib/parser-families.js';
import {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTextParser,
  type ReasoningTurn,
} from './reasoning-parser.decorator.js';

/** Finds every class marked with `@ReasoningParser`, the gateway's own and those of extension modules. */
@Injectable()
export class ReasoningParserRegistry implements OnModuleInit {
  private readonly families = new ParserFamilies<ReasoningParserFamily>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly environment: Environment,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ReasoningParser.KEY })) {
      const options = this.discovery.getMetadataByDecorator(ReasoningParser, wrapper);
      if (options) this.families.add(options, wrapper.instance as ReasoningParserFamily);
    }
    const wanted = this.environment.REASONING_PARSER;
    if (wanted !== undefined && !this.knows(wanted)) {
      throw new Error(
        `Invalid environment:\n  REASONING_PARSER=${wanted}: must be one of auto, ${this.names.join(', ')}`,
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
  create(name: string, turn: ReasoningTurn): ReasoningTextParser {
    const family = this.families.find(name);
    if (!family) throw new Error(`There is no reasoning parser named ${name}`);
    return family.create(turn);
  }
}
