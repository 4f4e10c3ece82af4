import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import type { UpstreamEntry } from '../gateway-file/upstream-entry.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { within } from '../request/within.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { ServerHealth } from './server-health.js';
import { ServerWatch } from './server-watch.js';
import { UpstreamEvents } from './upstream-events.js';
import { UpstreamKey } from './upstream-key.js';
import { UpstreamServer } from './upstream-server.js';
import { UpstreamTarget } from './upstream-target.js';

const FIRST_LOOK_MS = 2_000;

/** The model servers, as the settings name them now. One that they still name as before keeps its connections. */
@Injectable()
export class UpstreamRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  servers: readonly [UpstreamServer, ...UpstreamServer[]];
  private readonly ownKey: UpstreamKey;
  private readonly watches = new Map<UpstreamServer, ServerWatch>();
  private readonly retired = new Set<UpstreamServer>();

  /** @param standIn where the settings name no server */
  constructor(
    private readonly environment: Environment,
    private readonly file: GatewayFile,
    private readonly files: WatchedFiles,
    private readonly events: UpstreamEvents,
    private readonly logger: PinoLogger,
    standIn: UpstreamTarget | null,
  ) {
    logger.setContext(UpstreamRegistry.name);
    this.ownKey = UpstreamKey.ofEnvironment(environment, files);
    const [first, ...others] = file.upstreams;
    if (first) this.servers = [this.open(first), ...others.map((entry) => this.open(entry))];
    else if (standIn) this.servers = [this.openStandIn(standIn)];
    else throw new Error('There is no model server.');
    this.watch();
    file.onChange(() => {
      this.update();
    });
    events.states = () => this.servers.map(({ name, isUp, inFlight }) => ({ name, isUp, inFlight }));
  }

  /** For an extension that wraps the client of a single server. */
  get first(): UpstreamServer {
    return this.servers[0];
  }

  /** Before the port is open: requests go to servers that have their model. One that hangs is not waited for. */
  async onApplicationBootstrap(): Promise<void> {
    const looks = [...this.watches.values()].map(({ lookedFirst }) => lookedFirst);
    await within(Promise.all(looks), FIRST_LOOK_MS, []);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const watch of this.watches.values()) watch.stop();
    const all = [...this.servers, ...this.retired];
    await Promise.all(all.map(({ client }) => client.onApplicationShutdown()));
  }

  /** What cannot be opened, such as a key that is not there, changes nothing. */
  private update(): void {
    const before = this.servers;
    const { upstreams } = this.file;
    const added: UpstreamServer[] = [];
    try {
      for (const entry of upstreams) if (!this.find(entry)) added.push(this.open(entry));
    } catch (error) {
      for (const server of added) this.close(server);
      this.logger.error({ err: error }, 'the model servers stay as they were');
      return;
    }
    const [first, ...others] = upstreams.flatMap((entry) => {
      const kept = this.find(entry);
      kept?.adjust(entry);
      return kept ?? added.find((server) => server.isAt(entry)) ?? [];
    });
    if (!first) return;
    this.servers = [first, ...others];
    const removed = before.filter((server) => !this.servers.includes(server));
    for (const server of removed) this.retire(server);
    this.watch();
    for (const { name } of removed) this.logger.info(`model server ${name}: removed`);
    for (const { name } of added) this.logger.info(`model server ${name}: added`);
  }

  private find(entry: UpstreamEntry): UpstreamServer | undefined {
    return this.servers.find((server) => server.isAt(entry));
  }

  private open(entry: UpstreamEntry): UpstreamServer {
    const isNamed = entry.name !== new URL(entry.baseUrl).host;
    const target = new UpstreamTarget(entry.baseUrl, false, isNamed ? entry.name : undefined, entry.preset);
    const key = UpstreamKey.ofServer(entry, this.files) ?? this.ownKey;
    return new UpstreamServer(entry, target, key, new HttpUpstreamClient(target, this.environment, key));
  }

  private openStandIn(target: UpstreamTarget): UpstreamServer {
    const entry = { name: target.isSimulator ? 'simulator' : target.name, baseUrl: target.origin };
    const client = new HttpUpstreamClient(target, this.environment, this.ownKey);
    return new UpstreamServer(entry, target, this.ownKey, client);
  }

  /** Servers that have others beside them are watched; one that is alone gets every request, whatever becomes of it. */
  private watch(): void {
    const isAlone = this.servers.length === 1;
    for (const server of this.servers) {
      if (isAlone) this.unwatch(server);
      else if (!this.watches.has(server)) {
        server.health = new ServerHealth({
          ejected: (reason) => {
            this.logger.warn(
              `model server ${server.name}: gets no requests for now, its ${DESCRIBED[reason]}`,
            );
            this.events.ejections.next({ upstream: server.name, reason });
          },
          returned: () => {
            this.logger.info(`model server ${server.name}: gets requests again`);
          },
        });
        this.watches.set(server, new ServerWatch(server, this.environment));
      }
    }
  }

  private unwatch(server: UpstreamServer): void {
    this.watches.get(server)?.stop();
    this.watches.delete(server);
    server.health = null;
    server.queued = 0;
    server.isNew = false;
  }

  private retire(server: UpstreamServer): void {
    this.unwatch(server);
    this.retired.add(server);
    server.retire(() => {
      this.retired.delete(server);
      this.close(server);
    });
  }

  private close({ key, client }: UpstreamServer): void {
    if (key !== this.ownKey) key.close(this.files);
    void client.onApplicationShutdown();
  }
}

const DESCRIBED = { failures: 'answers have failed', probe: 'probe has failed' };
