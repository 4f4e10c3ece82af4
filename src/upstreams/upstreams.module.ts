import { Global, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { allowsSimulator } from '../config/simulator.environment.js';
import { extensionPoint, extensionToken, isReplaced } from '../extension/extension-point.js';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { SimulatorHost } from '../simulator/simulator.host.js';
import { SimulatorModule } from '../simulator/simulator.module.js';
import { FailoverUpstreamClient } from './failover-upstream.client.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { UpstreamEvents } from './upstream-events.js';
import { UpstreamKey } from './upstream-key.js';
import { UpstreamRegistry } from './upstream-registry.service.js';
import { UpstreamTarget } from './upstream-target.js';
import { UpstreamClient } from './upstream.client.js';

const UNUSED = 'http://replaced.invalid';
const STAND_IN = Symbol('STAND_IN');

@Global()
@Module({
  imports: [SimulatorModule],
  providers: [
    {
      provide: STAND_IN,
      inject: [Environment, GatewayFile, SimulatorHost, ModulesContainer],
      useFactory: chooseStandIn,
    },
    UpstreamEvents,
    {
      provide: UpstreamRegistry,
      inject: [Environment, GatewayFile, WatchedFiles, UpstreamEvents, PinoLogger, STAND_IN],
      useFactory: (...parts: ConstructorParameters<typeof UpstreamRegistry>) =>
        new UpstreamRegistry(...parts),
    },
    // Of the first server, for extensions that wrap or extend HttpUpstreamClient.
    { provide: UpstreamTarget, inject: [UpstreamRegistry], useFactory: ({ first }: First) => first.target },
    { provide: UpstreamKey, inject: [UpstreamRegistry], useFactory: ({ first }: First) => first.key },
    {
      provide: HttpUpstreamClient,
      inject: [UpstreamRegistry],
      useFactory: ({ first }: First) => first.client,
    },
    ...extensionPoint(UpstreamClient, FailoverUpstreamClient),
  ],
  exports: [
    FailoverUpstreamClient,
    HttpUpstreamClient,
    extensionToken(UpstreamClient),
    UpstreamEvents,
    UpstreamKey,
    UpstreamRegistry,
    UpstreamTarget,
  ],
})
export class UpstreamsModule {}

type First = Pick<UpstreamRegistry, 'first'>;

/** An extension that reaches models in its own way needs no model server here; one that wraps the client may want it. */
async function chooseStandIn(
  environment: Environment,
  file: GatewayFile,
  simulator: SimulatorHost,
  modules: ModulesContainer,
): Promise<UpstreamTarget | null> {
  if (file.upstreams.length > 0) return null;
  if (allowsSimulator(environment)) return new UpstreamTarget(await simulator.start(), true);
  if (isReplaced(UpstreamClient, modules)) return new UpstreamTarget(UNUSED);
  throw invalidEnvironment(
    'UPSTREAM_BASE_URL: must name the model server (or set SIMULATOR_ENABLED=true to run the built-in simulator in production)',
  );
}
