import type { ServerResponse } from 'node:http';
import { Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import { TurnHandler } from './turn.handler.js';
import type { TurnRequest } from './turn-request.js';

type Invoke = (request: TurnRequest, response: ServerResponse) => Promise<unknown>;
type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** Errors go back to the caller: a socket has no exception filter to answer with. */
const ENHANCERS = { guards: true, interceptors: true, filters: false };

/** Runs turns through the guards and interceptors of the application, as Nest's router does with requests. */
@Injectable()
export class TurnInvoker {
  private standing: Invoke | null = null;

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly modules: ModuleRef,
  ) {}

  /** Resolves when the turn is over; rejects when it was refused before its first event. */
  async invoke(request: TurnRequest, response: ServerResponse): Promise<void> {
    const invoke = this.isScoped() ? await this.createScoped(request) : this.getStanding();
    await invoke(request, response);
  }

  /** Whether a guard or interceptor is made anew for each request. */
  private isScoped(): boolean {
    return this.modules.introspect(TurnHandler).scope !== Scope.DEFAULT;
  }

  private getStanding(): Invoke {
    this.standing ??= this.create(this.modules.get(TurnHandler));
    return this.standing;
  }

  private async createScoped(request: TurnRequest): Promise<Invoke> {
    const contextId = ContextIdFactory.getByRequest(request);
    this.modules.registerRequestByContextId(request, contextId);
    return this.create(await this.modules.resolve(TurnHandler, contextId), contextId);
  }

  private create(handler: TurnHandler, contextId?: ContextId): Invoke {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Nest binds it
    const create = handler.create as (...args: unknown[]) => unknown;
    const key = undefined;
    const factory = undefined;
    const inquirer = undefined;
    return this.contexts.create(
      handler,
      create,
      'create',
      key,
      factory,
      contextId,
      inquirer,
      ENHANCERS,
      'http',
    );
  }
}
