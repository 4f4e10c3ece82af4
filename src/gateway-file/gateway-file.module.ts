import { Global, Module } from '@nestjs/common';
import { GatewayFile } from './gateway-file.service.js';

@Global()
@Module({ providers: [GatewayFile], exports: [GatewayFile] })
export class GatewayFileModule {}
