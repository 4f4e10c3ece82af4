import type { IncomingMessage, ServerResponse } from 'node:http';
import { asJson } from '../chat-request.js';
import { countTokens } from '../output/tokenize.js';
import { ApiError } from './api-error.js';
import { completeChat } from './complete-chat.js';
import { Exchange } from './exchange.js';
import { chooseFault, failEarly } from './faults.js';
import { planChat } from './plan-chat.js';
import { readChatRequest } from './read-chat-request.js';
import type { SimulatorState } from './simulator-state.js';
import { streamChat } from './stream-chat.js';

/** Serves one path and method; the body has been read. */
type Route = (exchange: Exchange, body: string) => Promise<void> | void;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', health],
  ['GET /v1/models', listModels],
  ['POST /v1/messages/count_tokens', countChat],
  ['POST /v1/chat/completions', chatCompletions],
]);

/** Serves one request to its end, whatever that is. */
export async function serveRequest(
  state: SimulatorState,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const exchange = new Exchange(state, req, res);
  const [path = ''] = (req.url ?? '').split('?');
  try {
    const body = await readBody(req);
    // LMDeploy's health is open to everybody.
    if (path !== '/health') checkKey(exchange);
    const route = ROUTES.get(`${req.method ?? ''} ${path}`);
    if (!route) throw new ApiError(404, 'Not Found', { detail: 'Not Found' });
    await route(exchange, body);
  } catch (error) {
    // A client that is gone gets no answer: that is how an abort looks from here.
    if (!exchange.signal.aborted && !res.destroyed) fail(exchange, error);
  }
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function checkKey(exchange: Exchange): void {
  const { apiKeys } = exchange.state.options;
  const key = /^Bearer (.+)$/.exec(exchange.header('authorization') ?? '')?.[1] ?? '';
  if (apiKeys.length > 0 && !apiKeys.includes(key)) throw new ApiError(401, 'Unauthorized.');
}

function fail(exchange: Exchange, error: unknown): void {
  if (exchange.res.headersSent) {
    exchange.destroy(false);
    return;
  }
  const known = error instanceof ApiError ? error : new ApiError(500, String(error));
  exchange.json(known.status, known.body);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new ApiError(400, 'JSON decode error');
  }
}

const isReady = ({ state }: Exchange) => performance.now() >= state.readyAt;

function health(exchange: Exchange): void {
  if (isReady(exchange)) exchange.json(200, { status: 'healthy', message: 'ok' });
  else exchange.json(503, { status: 'initializing', message: 'Engine health monitor is starting.' });
}

function listModels(exchange: Exchange): void {
  const { model } = exchange.state.options;
  const created = Math.floor(Date.now() / 1000);
  const entry = { id: model, object: 'model', created, owned_by: 'lmdeploy', root: model, parent: null };
  exchange.json(200, { object: 'list', data: [entry] });
}

function countChat(exchange: Exchange, body: string): void {
  const { system = '', messages = [] } = asJson(parse(body));
  exchange.json(200, { input_tokens: countTokens(JSON.stringify([system, messages])) });
}

async function chatCompletions(exchange: Exchange, body: string): Promise<void> {
  const { state } = exchange;
  state.stats.chats += 1;
  const fault = chooseFault(exchange);
  if (fault && (await failEarly(fault, exchange))) return;
  const request = readChatRequest(parse(body), state.options);
  if (!isReady(exchange)) throw new ApiError(503, 'The engine is initializing.');
  const plan = planChat(request, state);
  await (request.stream ? streamChat(plan, exchange, fault) : completeChat(plan, exchange, fault));
}
