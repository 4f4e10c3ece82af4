import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveRequest } from './server/serve-request.js';
import { newState, type RecordedRequest } from './server/simulator-state.js';
import { completeOptions, type SimulatorOptions } from './simulator-options.js';
import type { SimulatorStats } from './simulator-stats.js';

/** uvicorn's: a client that keeps idle connections longer meets resets. */
const KEEP_ALIVE_MS = 5_000;

/** A running simulator. */
export interface Simulator {
  /** Where it listens, such as http://127.0.0.1:41573 */
  readonly url: string;
  readonly port: number;
  /** Counters that go on changing. */
  readonly stats: Readonly<SimulatorStats>;
  /** The latest requests, as many as the option `record` says. */
  readonly requests: readonly RecordedRequest[];
  /** Stops listening and destroys the open sockets. */
  close(): Promise<void>;
}

/**
 * Starts a simulated LMDeploy server in this process.
 *
 * @example
 * const upstream = await startSimulator({ toolCallParser: 'none', toolFormat: 'kimi-k2' });
 * await fetch(`${upstream.url}/v1/models`);
 * await upstream.close();
 */
export async function startSimulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const state = newState(completeOptions(options));
  const open = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    open.add(res);
    res.once('close', () => open.delete(res));
    void serveRequest(state, req, res);
  });
  server.on('connection', () => {
    state.stats.connections += 1;
  });
  server.listen(state.options.port, state.options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { host } = state.options;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stats: state.stats,
    requests: state.requests,
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
