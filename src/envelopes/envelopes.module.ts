import { Module } from '@nestjs/common';
import { extensionPoint, inForce } from '../config/extension-point.js';
import { AesEnvelopeSealer } from './aes-envelope-sealer.js';
import { EnvelopeSealer } from './envelope-sealer.js';

@Module({
  providers: extensionPoint(EnvelopeSealer, AesEnvelopeSealer),
  exports: [inForce(EnvelopeSealer)],
})
export class EnvelopesModule {}
