import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GatewayError } from '../errors/gateway-error.js';
import { DrainService } from './drain.service.js';
import { isPublic } from './public.decorator.js';

/** Rejects new requests during shutdown; probes and public routes are still answered. */
@Injectable()
export class DrainGuard implements CanActivate {
  constructor(
    private readonly drain: DrainService,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.drain.isDraining || isPublic(this.reflector, context)) return true;
    throw new GatewayError('shutting_down');
  }
}
