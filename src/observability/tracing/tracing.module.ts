import { Module } from '@nestjs/common';
import { TraceObserver } from './trace.observer.js';

@Module({ providers: [TraceObserver] })
export class TracingModule {}
