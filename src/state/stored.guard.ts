import { type CanActivate, Injectable } from '@nestjs/common';
import { Database } from '../database/database.service.js';
import { GatewayError } from '../errors/gateway-error.js';

/** Refuses the routes of what is stored where nothing is. */
@Injectable()
export class StoredGuard implements CanActivate {
  constructor(private readonly database: Database) {}

  canActivate(): boolean {
    if (this.database.isOn) return true;
    throw new GatewayError('not_found', {
      message: 'Responses and conversations are not stored here: send the whole conversation in input.',
    });
  }
}
