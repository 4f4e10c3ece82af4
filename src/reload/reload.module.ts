import { Global, Module } from '@nestjs/common';
import { WatchedFiles } from './watched-files.service.js';

@Global()
@Module({ providers: [WatchedFiles], exports: [WatchedFiles] })
export class ReloadModule {}
