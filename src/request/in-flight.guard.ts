import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { isInFlight } from './in-flight.decorator.js';
import { InFlightLimiter } from './in-flight.limiter.js';

/**
 * Admits no more requests than may run, before their bodies are read. A request leaves when its response is closed, and every one comes
 * to that: answered, refused by a later guard or pipe, failed, or abandoned by its client.
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
    // The client may have left while it was found out who calls: its 'close' would not come again.
    if (response.destroyed) return false;
    const { entered, leave } = this.limiter.enter();
    response.once('close', leave);
    return entered;
  }
}
