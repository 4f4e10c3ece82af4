import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { isInFlight } from './in-flight.decorator.js';
import { InFlightLimiter } from './in-flight.limiter.js';

/**
 * Applies the concurrency limit, before request bodies are read. A slot is released when the response is closed, which always
 * happens: answered, rejected by a later guard or pipe, failed, or aborted by the client.
 */
@Injectable()
export class InFlightGuard implements CanActivate {
  constructor(
    private readonly limiter: InFlightLimiter,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!isInFlight(this.reflector, context)) return true;
    const response = context.switchToHttp().getResponse<Response>();
    // The client may have disconnected during authentication: 'close' would not be emitted again.
    if (response.destroyed) return false;
    const { entered, leave } = this.limiter.enter();
    response.once('close', leave);
    return entered;
  }
}
