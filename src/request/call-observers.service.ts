import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type Call, CallObserver } from './call-observer.js';
import { reportUnhandled } from './guarded.js';
import type { RequestContext } from './request-context.js';

/** The observers of all modules. */
@Injectable()
export class CallObservers implements OnModuleInit {
  private observers: readonly CallObserver[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws Error for an observer that would see nothing */
  onModuleInit(): void {
    const providers = this.discovery.getProviders();
    const fleeting = providers.find((each) => !each.isDependencyTreeStatic() && isObserver(each.metatype));
    if (fleeting)
      throw new Error(
        `${String(fleeting.name)} is made for each request anew: an observer of calls has to be a singleton.`,
      );
    const found = providers
      .filter((wrapper) => wrapper.isDependencyTreeStatic())
      .map(({ instance }) => instance as unknown)
      .filter((instance): instance is CallObserver => instance instanceof CallObserver);
    // One that is provided under several tokens sees each call once.
    this.observers = [...new Set(found)];
  }

  began(context: RequestContext): void {
    for (const observer of this.observers) attempt(() => observer.began?.(context));
  }

  beganJob(context: RequestContext): void {
    for (const observer of this.observers) attempt(() => observer.beganJob?.(context));
  }

  ended(context: RequestContext, facts: Pick<Call, 'method' | 'path' | 'route' | 'status'>): void {
    const { method, path, route, status } = facts;
    const durationMs = performance.now() - context.startedAt;
    const call = { method, path, route, status, context, durationMs };
    for (const observer of this.observers) {
      attempt(() => {
        observer.ended(call);
      });
    }
  }
}

function isObserver(type: { prototype?: unknown } | null): boolean {
  return type?.prototype instanceof CallObserver;
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    reportUnhandled(error);
  }
}
