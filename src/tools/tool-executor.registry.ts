import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ToolExecutor, type ToolSet } from './tool-executor.decorator.js';

/** A class with tools. */
export interface Executor {
  label: string;
  tools: ToolSet;
}

const LABEL = /^[\w-]{1,64}$/;

/** The classes marked with `@ToolExecutor`. */
@Injectable()
export class ToolExecutorRegistry implements OnModuleInit {
  private readonly byLabel = new Map<string, Executor>();
  private readonly unasked: Executor[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws Error for a class that cannot do what it is marked for */
  onModuleInit(): void {
    const seen = new Set<unknown>();
    for (const wrapper of this.discovery.getProviders({ metadataKey: ToolExecutor.KEY })) {
      // The same class may be provided by several modules.
      if (seen.has(wrapper.metatype)) continue;
      seen.add(wrapper.metatype);
      const { name } = wrapper.metatype as Type;
      if (!wrapper.isDependencyTreeStatic()) {
        throw new Error(`${name} is made anew for each request: a @ToolExecutor has to be a singleton.`);
      }
      const tools = wrapper.instance as ToolSet;
      if (typeof tools.list !== 'function' || typeof tools.call !== 'function') {
        throw new Error(`${name} is marked with @ToolExecutor and has no list() or no call().`);
      }
      const { label = '', always = false } =
        this.discovery.getMetadataByDecorator(ToolExecutor, wrapper) ?? {};
      if (!LABEL.test(label)) {
        throw new Error(
          `${name}: the label of a @ToolExecutor has 1 to 64 letters, digits, hyphens or underscores.`,
        );
      }
      if (this.byLabel.has(label))
        throw new Error(`${name}: another @ToolExecutor has the label '${label}' too.`);
      const executor = { label, tools };
      this.byLabel.set(label, executor);
      if (always) this.unasked.push(executor);
    }
  }

  find(label: string): Executor | undefined {
    return this.byLabel.get(label);
  }

  /** Those that are offered unasked. */
  get always(): readonly Executor[] {
    return this.unasked;
  }
}
