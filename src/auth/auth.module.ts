import { Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { AuthStrategy } from './auth-strategy.js';

@Module({
  providers: extensionPoint(AuthStrategy, ApiKeyStrategy),
  exports: [extensionToken(AuthStrategy)],
})
export class AuthModule {}
