import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { SegmentStage } from '../vocabulary/segment.js';
import { type AnswerFacts, ResponseStage, type ResponseStageFactory } from './response-stage.decorator.js';

/** The classes marked with `@ResponseStage`. */
@Injectable()
export class ResponseStageRegistry implements OnModuleInit {
  private factories: readonly ResponseStageFactory[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws Error for a class that cannot do what it is marked for */
  onModuleInit(): void {
    const found = new Map<unknown, { name: string; order: number; factory: ResponseStageFactory }>();
    for (const wrapper of this.discovery.getProviders({ metadataKey: ResponseStage.KEY })) {
      const name = (wrapper.metatype as Type).name;
      if (!wrapper.isDependencyTreeStatic()) {
        throw new Error(`${name} is made anew for each request: a @ResponseStage has to be a singleton.`);
      }
      const factory = wrapper.instance as ResponseStageFactory;
      if (typeof factory.create !== 'function') {
        throw new Error(`${name} is marked with @ResponseStage and has no create().`);
      }
      const order = this.discovery.getMetadataByDecorator(ResponseStage, wrapper)?.order ?? 0;
      // The same class may be provided by several modules.
      found.set(wrapper.metatype, { name, order, factory });
    }
    this.factories = [...found.values()]
      .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
      .map(({ factory }) => factory);
  }

  /** @returns the stages of one answer in their order, mostly none */
  create(answer: AnswerFacts): SegmentStage[] {
    return this.factories.flatMap((factory) => factory.create(answer) ?? []);
  }
}
