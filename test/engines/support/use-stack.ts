import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayProcess } from '../../support/gateway-process.js';
import type { EngineProcess } from './engine-process.js';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** The built gateway in front of a real model server. */
export interface Stack {
  /** Where the gateway listens. */
  readonly url: string;
  readonly engine: EngineProcess;
  /** Starts another gateway in front of the same server; it is ended with the stack. Resolves with its address. */
  another(environment: Record<string, string>): Promise<string>;
  /** Puts a server at the same address into the place of one that was killed. */
  restartEngine(): Promise<void>;
}

/**
 * Has both running while the tests of this file run.
 *
 * @param start starts the server, on a port where one is given
 * @param environment further settings of the gateway
 */
export function useStack(
  start: (port?: string) => Promise<EngineProcess>,
  environment: Record<string, string>,
): Stack {
  let engine: EngineProcess | undefined;
  let starting: Promise<EngineProcess> | undefined;
  let url = '';
  let folder = '';
  const gateways: GatewayProcess[] = [];
  const running = (): EngineProcess => {
    if (engine === undefined) throw new Error('The model server is not started yet.');
    return engine;
  };
  const another = async (more: Record<string, string>): Promise<string> => {
    const settings = { UPSTREAM_BASE_URL: running().url, LOG_LEVEL: 'warn', ...environment, ...more };
    const gateway = new GatewayProcess({ main: MAIN, folder, remove: () => undefined }, settings);
    gateways.push(gateway);
    return gateway.listening();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-engines-'));
    starting = start();
    engine = await starting;
    url = await another({});
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    // Also one that a failed test has not waited for.
    const started = await starting?.catch(() => undefined);
    await started?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    get url() {
      return url;
    },
    get engine() {
      return running();
    },
    another,
    restartEngine: async () => {
      starting = start(new URL(running().url).port);
      engine = await starting;
    },
  };
}
