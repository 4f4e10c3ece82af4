import { Module } from '@nestjs/common';
import { extensionPoint, inForce } from '../config/extension-point.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { AuthStrategy } from './auth-strategy.js';

@Module({
  providers: extensionPoint(AuthStrategy, ApiKeyStrategy),
  exports: [inForce(AuthStrategy)],
})
export class AuthModule {}
