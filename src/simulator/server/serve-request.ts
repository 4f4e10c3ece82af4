import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.js';
import { Exchange } from './exchange.js';
import { readBody } from './read-body.js';
import { OPEN_PATHS, ROUTES } from './routes.js';
import type { SimulatorState } from './simulator-state.js';

/** Serves one request to its end, whatever that is. */
export async function serveRequest(
  state: SimulatorState,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const exchange = new Exchange(state, req, res);
  try {
    const body = await readBody(req);
    record(exchange, body);
    checkKey(exchange);
    await findRoute(exchange)(exchange, body);
  } catch (error) {
    // A client that is gone gets no answer: that is how an abort looks from here.
    if (!exchange.signal.aborted && !res.destroyed) fail(exchange, error);
  }
}

function record(exchange: Exchange, text: string): void {
  const { requests, options } = exchange.state;
  if (options.record === 0) return;
  const { method = '', headers } = exchange.req;
  requests.push({ method, path: exchange.path, headers: { ...headers }, body: jsonOrText(text) });
  if (requests.length > options.record) requests.shift();
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function checkKey(exchange: Exchange): void {
  const { apiKeys } = exchange.state.options;
  if (apiKeys.length === 0 || OPEN_PATHS.has(exchange.path)) return;
  const key = /^Bearer (.+)$/.exec(exchange.header('authorization') ?? '')?.[1];
  if (key === undefined || !apiKeys.includes(key)) throw ApiError.flat(401, 'Unauthorized.');
}

function findRoute(exchange: Exchange) {
  const route = ROUTES.get(`${exchange.req.method ?? 'GET'} ${exchange.path}`);
  if (route) return route;
  const pathExists = [...ROUTES.keys()].some((key) => key.endsWith(` ${exchange.path}`));
  throw pathExists
    ? new ApiError(405, { detail: 'Method Not Allowed' })
    : new ApiError(404, { detail: 'Not Found' });
}

function fail(exchange: Exchange, error: unknown): void {
  if (exchange.res.headersSent) {
    exchange.destroy(false);
    return;
  }
  const known = error instanceof ApiError ? error : ApiError.flat(500, String(error));
  exchange.json(known.status, known.body);
}
