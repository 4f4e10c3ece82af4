import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { extensionPoint, extensionToken } from '../extension/extension-point.js';
import { wantsSimulator } from '../config/simulator.environment.js';
import { SimulatorHost } from '../simulator/simulator.host.js';
import { SimulatorModule } from '../simulator/simulator.module.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { UpstreamKey } from './upstream-key.js';
import { UpstreamTarget } from './upstream-target.js';
import { UpstreamClient } from './upstream.client.js';

const UNUSED = 'http://replaced.invalid';

@Module({
  imports: [SimulatorModule],
  providers: [
    {
      provide: UpstreamTarget,
      inject: [Environment, SimulatorHost, { token: UpstreamClient, optional: true }],
      useFactory: chooseTarget,
    },
    UpstreamKey,
    ...extensionPoint(UpstreamClient, HttpUpstreamClient),
  ],
  exports: [extensionToken(UpstreamClient), UpstreamTarget],
})
export class UpstreamsModule {}

/** No simulator is started where an extension reaches models in its own way. */
async function chooseTarget(
  environment: Environment,
  simulator: SimulatorHost,
  replacement?: UpstreamClient,
): Promise<UpstreamTarget> {
  if (replacement) return new UpstreamTarget(UNUSED);
  if (environment.UPSTREAM_BASE_URL) return new UpstreamTarget(environment.UPSTREAM_BASE_URL);
  if (!wantsSimulator(environment)) {
    throw invalidEnvironment(
      'UPSTREAM_BASE_URL: must name the model server (or set SIMULATOR_ENABLED=true to run the built-in simulator in production)',
    );
  }
  return new UpstreamTarget(await simulator.start(), true);
}
