import { Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { AesEnvelopeSealer } from './aes-envelope-sealer.js';
import { EnvelopeSealer } from './envelope-sealer.js';

@Module({
  providers: extensionPoint(EnvelopeSealer, AesEnvelopeSealer),
  exports: [extensionToken(EnvelopeSealer)],
})
export class SealingModule {}
