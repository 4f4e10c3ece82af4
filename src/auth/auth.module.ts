import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { defaultToken, extensionPoint, extensionToken } from '../extension/extension-point.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { AuthStrategy } from './auth-strategy.js';
import { KeysAndTokensStrategy } from './keys-and-tokens.strategy.js';
import { TokenVerifier } from './token-verifier.js';

/** Keys, and with JWT_ISSUER tokens beside them. */
@Global()
@Module({
  providers: [
    ApiKeyStrategy,
    ...extensionPoint<AuthStrategy>(AuthStrategy, {
      inject: [ApiKeyStrategy, Environment, WatchedFiles, PinoLogger],
      useFactory: openStrategy,
    }),
  ],
  exports: [ApiKeyStrategy, defaultToken(AuthStrategy), extensionToken(AuthStrategy)],
})
export class AuthModule {}

async function openStrategy(
  keys: ApiKeyStrategy,
  environment: Environment,
  files: WatchedFiles,
  logger: PinoLogger,
): Promise<AuthStrategy> {
  if (environment.JWT_ISSUER === undefined) return keys;
  const tokens = await TokenVerifier.open(environment, files);
  return new KeysAndTokensStrategy(keys, tokens, environment, logger);
}
