import { Global, Module } from '@nestjs/common';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { AesEnvelopeSealer } from './aes-envelope-sealer.js';
import { EnvelopeSealer } from './envelope-sealer.js';

@Global()
@Module({
  providers: extensionPoint(EnvelopeSealer, AesEnvelopeSealer),
  exports: [AesEnvelopeSealer, extensionToken(EnvelopeSealer)],
})
export class SealingModule {}
