import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';

const SWEEP_MS = 5_000;

/**
 * Takes no new connections, and lets the open ones come to their end: whoever sends another request on one gets its answer, with
 * `connection: close`. Connections that stay idle run into the server's keep-alive timeout. None is closed under a request on its
 * way, as closing idle ones would do.
 *
 * @param retireSockets asks open WebSockets to close behind their running turns; asked again for those accepted meanwhile
 * @returns when no connection is left
 */
export async function retireServer(server: Server, retireSockets: () => void): Promise<void> {
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  // http.Server's own close() would also close the idle connections, and stop its timeouts for the others.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  retireSockets();
  const sweep = setInterval(retireSockets, SWEEP_MS);
  await closed;
  clearInterval(sweep);
}
