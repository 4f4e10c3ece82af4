import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { extensionPoint, inForce } from '../config/extension-point.js';
import { SimulatorHost } from '../simulator/simulator.host.js';
import { SimulatorModule } from '../simulator/simulator.module.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { UpstreamTarget } from './upstream-target.js';
import { UpstreamClient } from './upstream.client.js';

@Module({
  imports: [SimulatorModule],
  providers: [
    {
      provide: UpstreamTarget,
      inject: [Environment, SimulatorHost],
      useFactory: chooseTarget,
    },
    ...extensionPoint(UpstreamClient, HttpUpstreamClient),
  ],
  exports: [inForce(UpstreamClient), UpstreamTarget],
})
export class UpstreamModule {}

async function chooseTarget(environment: Environment, simulator: SimulatorHost): Promise<UpstreamTarget> {
  if (environment.UPSTREAM_BASE_URL) return new UpstreamTarget(environment.UPSTREAM_BASE_URL);
  if (environment.NODE_ENV === 'production' && !environment.SIMULATOR_ENABLED) {
    throw new Error(
      'Invalid environment:\n  UPSTREAM_BASE_URL: must name the model server (or set SIMULATOR_ENABLED=true to run the built-in simulator in production)',
    );
  }
  return new UpstreamTarget(await simulator.start(), true);
}
