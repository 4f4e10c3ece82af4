import { countTokens } from '../engine/prompt-cache.js';
import { tokenId, tokenize } from '../engine/tokenize.js';
import { ApiError } from './api-error.js';
import { isJson } from './chat-request.js';
import { chooseFault } from './choose-fault.js';
import { completeChat } from './complete-chat.js';
import { earlyFault } from './early-fault.js';
import type { Exchange } from './exchange.js';
import { modelList } from './model-list.js';
import { planChat } from './plan-chat.js';
import { readChatRequest } from './read-chat-request.js';
import { parseBody } from './read-body.js';
import { streamChat } from './stream-chat.js';

/** Serves one path and method; the body has been read. */
export type Route = (exchange: Exchange, body: string) => Promise<void> | void;

const json = (exchange: Exchange, body: string): unknown =>
  parseBody(body, exchange.header('content-type'), exchange.state.options.lmdeployVersion);

/** Open to everybody, also where keys are needed. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/health', '/sim/stats']);

/** Everything a simulator serves: "METHOD /path". */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', health],
  [
    'GET /sim/stats',
    (exchange) => {
      exchange.json(200, exchange.state.stats);
    },
  ],
  [
    'GET /v1/models',
    (exchange) => {
      exchange.json(200, modelList(exchange.state.options.model));
    },
  ],
  [
    'GET /is_sleeping',
    (exchange) => {
      exchange.json(200, { is_sleeping: exchange.state.sleeping });
    },
  ],
  [
    'POST /sleep',
    (exchange) => {
      setSleeping(exchange, true);
    },
  ],
  [
    'POST /wakeup',
    (exchange) => {
      setSleeping(exchange, false);
    },
  ],
  ['POST /v1/encode', encode],
  ['POST /v1/messages/count_tokens', countChat],
  ['POST /v1/chat/completions', chatCompletions],
]);

function health(exchange: Exchange): void {
  const { readyAt, sleeping } = exchange.state;
  if (Date.now() < readyAt) {
    exchange.json(503, { status: 'initializing', message: 'Engine health monitor is starting.' });
    return;
  }
  exchange.json(
    200,
    sleeping ? { status: 'sleeping', message: 'Engine is sleeping.' } : { status: 'healthy', message: 'ok' },
  );
}

function setSleeping(exchange: Exchange, sleeping: boolean): void {
  exchange.state.sleeping = sleeping;
  exchange.res.writeHead(200, { 'content-length': '0' }).end();
}

function encode(exchange: Exchange, body: string): void {
  const request = json(exchange, body);
  const input: unknown = isJson(request) ? request.input : undefined;
  const ids = (text: unknown) => tokenize(String(text)).map(tokenId);
  if (Array.isArray(input)) {
    const lists = input.map(ids);
    exchange.json(200, { input_ids: lists, length: lists.map((list) => list.length) });
    return;
  }
  const list = ids(input ?? '');
  exchange.json(200, { input_ids: list, length: list.length });
}

function countChat(exchange: Exchange, body: string): void {
  const request = json(exchange, body);
  if (exchange.header('anthropic-version') === undefined) {
    throw ApiError.flat(400, 'Missing required header: anthropic-version');
  }
  const { system = '', messages = [] } = isJson(request) ? request : {};
  exchange.json(200, { input_tokens: countTokens(JSON.stringify([system, messages])) });
}

async function chatCompletions(exchange: Exchange, body: string): Promise<void> {
  const { state } = exchange;
  state.stats.chats += 1;
  const fault = chooseFault(exchange);
  if (fault && (await earlyFault(fault, exchange))) return;
  const request = readChatRequest(json(exchange, body), state.options);
  if (Date.now() < state.readyAt) throw ApiError.flat(503, 'The engine is initializing.');
  if (state.sleeping) throw ApiError.flat(503, 'The engine is sleeping.');
  const plan = planChat(request, state);
  await (request.stream ? streamChat(plan, exchange, fault) : completeChat(plan, exchange, fault));
}
