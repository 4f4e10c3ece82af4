import { Module } from '@nestjs/common';
import { SimulatorHost } from './simulator.host.js';

@Module({ providers: [SimulatorHost], exports: [SimulatorHost] })
export class SimulatorModule {}
