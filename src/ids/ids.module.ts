import { Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { IdGenerator } from './id-generator.js';
import { RandomIdGenerator } from './random-id-generator.js';

@Module({
  providers: extensionPoint(IdGenerator, RandomIdGenerator),
  exports: [extensionToken(IdGenerator)],
})
export class IdsModule {}
