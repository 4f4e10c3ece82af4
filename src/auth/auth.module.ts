import { Global, Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { AuthStrategy } from './auth-strategy.js';

@Global()
@Module({
  providers: extensionPoint(AuthStrategy, ApiKeyStrategy),
  exports: [ApiKeyStrategy, extensionToken(AuthStrategy)],
})
export class AuthModule {}
