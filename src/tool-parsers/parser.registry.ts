import type { OnModuleInit } from '@nestjs/common';
import { type DiscoverableDecorator, DiscoveryService } from '@nestjs/core';
import type { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { type FamilyOptions, ParserFamilies } from './lib/parser-families.js';

/** Finds every class marked with a decorator, the gateway's own and those of extension modules, by the names it gives. */
export abstract class ParserRegistry<F extends object> implements OnModuleInit {
  private readonly families = new ParserFamilies<F>();

  protected constructor(
    private readonly discovery: DiscoveryService,
    private readonly environment: Environment,
    private readonly decorator: DiscoverableDecorator<FamilyOptions>,
    private readonly variable: 'TOOL_CALL_PARSER' | 'REASONING_PARSER',
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: this.decorator.KEY })) {
      const options = this.discovery.getMetadataByDecorator(this.decorator, wrapper);
      if (options) this.add(options, wrapper.instance as F);
    }
    const wanted = this.environment[this.variable];
    if (wanted !== undefined && !this.knows(wanted)) {
      throw invalidEnvironment(`${this.variable}=${wanted}: must be one of auto, ${this.names.join(', ')}`);
    }
  }

  /** The same class may be provided by several modules. @throws Error when another class has one of the names */
  private add(options: FamilyOptions, family: F): void {
    for (const name of options.names) {
      const other = this.families.find(name);
      if (!other || other.constructor === family.constructor) continue;
      throw new Error(
        `${this.variable}=${name} could mean ${other.constructor.name} or ${family.constructor.name}: give one of them another name`,
      );
    }
    this.families.add(options, family);
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
  find(name: string): F {
    const family = this.families.find(name);
    if (!family) throw new Error(`There is no parser named ${name}`);
    return family;
  }
}
