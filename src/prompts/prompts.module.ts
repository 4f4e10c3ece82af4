import { Module } from '@nestjs/common';
import { Prompts } from './prompts.service.js';

@Module({ providers: [Prompts], exports: [Prompts] })
export class PromptsModule {}
