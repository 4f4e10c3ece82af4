import { Global, Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { IdGenerator } from './id-generator.js';
import { RandomIdGenerator } from './random-id-generator.js';

@Global()
@Module({
  providers: extensionPoint(IdGenerator, RandomIdGenerator),
  exports: [RandomIdGenerator, extensionToken(IdGenerator)],
})
export class IdsModule {}
