import { Global, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { extensionPoint, extensionToken, isReplaced } from '../extension/extension-point.js';
import { wantsSimulator } from '../config/simulator.environment.js';
import { SimulatorHost } from '../simulator/simulator.host.js';
import { SimulatorModule } from '../simulator/simulator.module.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { UpstreamKey } from './upstream-key.js';
import { UpstreamTarget } from './upstream-target.js';
import { UpstreamClient } from './upstream.client.js';

const UNUSED = 'http://replaced.invalid';

@Global()
@Module({
  imports: [SimulatorModule],
  providers: [
    {
      provide: UpstreamTarget,
      inject: [Environment, SimulatorHost, ModulesContainer],
      useFactory: chooseTarget,
    },
    UpstreamKey,
    ...extensionPoint(UpstreamClient, HttpUpstreamClient),
  ],
  exports: [HttpUpstreamClient, extensionToken(UpstreamClient), UpstreamKey, UpstreamTarget],
})
export class UpstreamsModule {}

/** An extension that reaches models in its own way needs no model server here; one that wraps the client may want it. */
async function chooseTarget(
  environment: Environment,
  simulator: SimulatorHost,
  modules: ModulesContainer,
): Promise<UpstreamTarget> {
  if (environment.UPSTREAM_BASE_URL) return new UpstreamTarget(environment.UPSTREAM_BASE_URL);
  if (wantsSimulator(environment)) return new UpstreamTarget(await simulator.start(), true);
  if (isReplaced(UpstreamClient, modules)) return new UpstreamTarget(UNUSED);
  throw invalidEnvironment(
    'UPSTREAM_BASE_URL: must name the model server (or set SIMULATOR_ENABLED=true to run the built-in simulator in production)',
  );
}
