import { Module } from '@nestjs/common';
import { extensionPoint, inForce } from '../config/extension-point.js';
import { IdGenerator } from './id-generator.js';
import { RandomIdGenerator } from './random-id-generator.js';

@Module({
  providers: extensionPoint(IdGenerator, RandomIdGenerator),
  exports: [inForce(IdGenerator)],
})
export class IdsModule {}
