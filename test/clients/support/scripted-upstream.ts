import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChatRequest,
  completion,
  errorBody,
  type ErrorReply,
  modelList,
  type Reply,
  streamFrames,
} from './chat-wire.ts';

export type Answer = Reply | ErrorReply;
export type Answerer = (request: ChatRequest, headers: IncomingHttpHeaders) => Answer;

/** The model id it lists unless a test says otherwise. */
export const MODEL = 'Qwen/Qwen3.5-35B-A3B';

/** A small LMDeploy that answers as scripted, over real HTTP. */
export class ScriptedUpstream {
  /** The chat requests it got, in their order. */
  readonly requests: ChatRequest[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  private readonly queue: (Answer | Answerer)[] = [];
  private answerer: Answerer | null = null;
  private readonly models: string[];
  private aborts = 0;
  private abortWaiters: (() => void)[] = [];
  private readonly server = createServer((request, response) => {
    this.serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  constructor(models: string[] = [MODEL]) {
    this.models = models;
  }

  static async start(models?: string[]): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream(models);
    upstream.server.keepAliveTimeout = 5_000; // uvicorn's
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Queues what the next requests are answered with, each once. */
  script(...answers: (Answer | Answerer)[]): void {
    this.queue.push(...answers);
  }

  /** Answers every request that nothing is queued for. */
  answerWith(answerer: Answerer): void {
    this.answerer = answerer;
  }

  /** Forgets requests and scripts: one call before each test. */
  reset(): void {
    this.requests.length = 0;
    this.headers.length = 0;
    this.queue.length = 0;
    this.answerer = null;
    this.aborts = 0;
  }

  /** How many scripted answers nobody asked for. */
  get unused(): number {
    return this.queue.length;
  }

  /** Resolves once a request was given up before its answer was whole. */
  async aborted(): Promise<void> {
    if (this.aborts > 0) return;
    await new Promise<void>((resolve) => this.abortWaiters.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/v1/models')
      return json(response, 200, modelList(this.models));
    if (request.url === '/v1/embeddings') return embed(request, response);
    if (request.url !== '/v1/chat/completions') return json(response, 404, { detail: 'Not Found' });
    const chat = JSON.parse(await readBody(request)) as ChatRequest;
    this.requests.push(chat);
    this.headers.push(request.headers);
    response.once('close', () => {
      if (!response.writableFinished) this.noteAbort();
    });
    const next = this.queue.shift() ?? this.answerer;
    if (!next)
      return json(
        response,
        500,
        errorBody({ status: 500, message: 'Nothing is scripted for this request.' }),
      );
    const answer = typeof next === 'function' ? next(chat, request.headers) : next;
    if ('status' in answer) return json(response, answer.status, errorBody(answer), answer.headers);
    if (chat.stream) return this.stream(response, answer, chat.model);
    await answer.until;
    json(response, 200, completion(answer, chat.model));
  }

  private async stream(response: ServerResponse, reply: Reply, model: string): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const frames = streamFrames(reply, model);
    for (const [index, frame] of frames.entries()) {
      if (reply.silence && index === 1) await sleep(reply.silence);
      if (index === 1) await reply.until;
      response.write(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (reply.then === 'hang') return;
    if (reply.then === 'cut') response.destroy();
    else response.end();
  }

  private noteAbort(): void {
    this.aborts += 1;
    for (const resolve of this.abortWaiters.splice(0)) resolve();
  }
}

/** Of each text its length, in the form that is asked for. */
async function embed(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { model, input, encoding_format } = JSON.parse(await readBody(request)) as {
    model: string;
    input: string[];
    encoding_format?: string;
  };
  const data = input.map(({ length }, index) => {
    const bytes = Buffer.from(new Float32Array([length]).buffer);
    const embedding = encoding_format === 'base64' ? bytes.toString('base64') : [length];
    return { object: 'embedding', index, embedding };
  });
  const usage = { prompt_tokens: input.length, total_tokens: input.length };
  json(response, 200, { object: 'list', model, data, usage });
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
