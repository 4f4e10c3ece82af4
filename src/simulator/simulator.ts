import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WriteText, writeText } from './script/write-text.js';
import { serveRequest } from './server/routes.js';
import { newState, type SimulatorStats } from './server/simulator-state.js';
import { DEFAULT_SIMULATOR_OPTIONS, type SimulatorOptions } from './simulator-options.js';

/** uvicorn's: a client that keeps idle connections longer meets resets. */
const KEEP_ALIVE_MS = 5_000;

/** A running simulator. */
export interface Simulator {
  /** Where it listens, such as http://127.0.0.1:41573 */
  readonly url: string;
  /** Counters that go on changing. */
  readonly stats: Readonly<SimulatorStats>;
  /** Stops listening and destroys the open sockets. */
  close(): Promise<void>;
}

/**
 * Starts a simulated LMDeploy server in this process.
 *
 * @param write what the simulated model writes, before the server parses it; tests give a model of their own
 * @example
 * const upstream = await startSimulator({ toolCallParser: 'none' });
 * await fetch(`${upstream.url}/v1/models`);
 * await upstream.close();
 */
export async function startSimulator(
  options: Partial<SimulatorOptions> = {},
  write: WriteText = writeText,
): Promise<Simulator> {
  const state = newState({ ...DEFAULT_SIMULATOR_OPTIONS, ...options }, write);
  const open = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    open.add(res);
    res.once('close', () => open.delete(res));
    void serveRequest(state, req, res);
  });
  server.listen(state.options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stats: state.stats,
    close: async () => {
      if (!server.listening) return;
      // The answers learn of their end after the server does: only then the counters are final.
      const closed = [server, ...open].map((each) => once(each, 'close'));
      server.close();
      server.closeAllConnections();
      await Promise.all(closed);
    },
  };
}
