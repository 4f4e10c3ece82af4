import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Message {
  id?: number;
  method?: string;
  params?: {
    name?: string;
    arguments?: unknown;
    cursor?: string;
    _meta?: { progressToken?: unknown };
    requestId?: unknown;
  };
  error?: { code: number };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  message: Message;
  server: FakeMcpServer;
}

type Behaviour = (exchange: Exchange) => unknown;

const CHUNK = Buffer.alloc(65_536, ' ');
/** No recursion gets to its ground. */
const DEEP = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
const TOOLS = [
  {
    name: 'echo',
    description: 'Says it again.',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    annotations: { readOnlyHint: true },
  },
  { name: 'write', inputSchema: { type: 'object' } },
];

const json = ({ response, message }: Exchange, result: unknown, id: unknown = message.id): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
};
const raw = ({ response, message }: Exchange, result: string): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"jsonrpc":"2.0","id":${String(message.id)},"result":${result}}`);
};
const frame = (message: unknown): string =>
  `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...(message as object) })}\n\n`;
const openStream = ({ response }: Exchange): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
};
const hang: Behaviour = () => undefined;
const flood: Behaviour = async ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  while (!response.destroyed) {
    if (!response.write(CHUNK)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
};
const progress =
  (everyMs: number, paddingBytes: number): Behaviour =>
  async (exchange) => {
    const { response, message } = exchange;
    openStream(exchange);
    const progressToken = message.params?._meta?.progressToken;
    for (let at = 1; !response.destroyed; at += 1) {
      const params = { progressToken, progress: at, message: 'x'.repeat(paddingBytes) };
      response.write(frame({ method: 'notifications/progress', params }));
      await sleep(everyMs);
    }
  };

/** Beside its answers it says this again and again, without space between. */
const chatter =
  (messageOf: (id: number) => string): Behaviour =>
  async (exchange) => {
    openStream(exchange);
    const { response } = exchange;
    for (let id = 0; id < 22_000 && !response.destroyed; id += 1) {
      const isTaken = response.write(`data:${messageOf(id)}\n\n`);
      if (!isTaken) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end(frame({ id: exchange.message.id, result: { content: [{ type: 'text', text: 'done' }] } }));
  };

/** What each path does otherwise than a good server, by the method of the protocol; `*`: whatever it is asked. */
const MODES: Record<string, Record<string, Behaviour>> = {
  plain: {},
  stream: {
    'tools/call': (exchange) => {
      openStream(exchange);
      const { response, message } = exchange;
      const text = frame({ id: message.id, result: { content: [{ type: 'text', text: 'ü streamed' }] } });
      for (const byte of Buffer.from(`: hello\n\n${text}`)) response.write(Buffer.from([byte]));
      response.end();
    },
  },
  'hang-initialize': { initialize: hang },
  'hang-list': { 'tools/list': hang },
  'hang-call': { 'tools/call': hang },
  'hang-stream': { 'tools/call': openStream },
  'hang-initialized': { 'notifications/initialized': hang },
  'flood-list': { 'tools/list': flood },
  'flood-call': { 'tools/call': flood },
  'flood-progress': { 'tools/call': progress(0, 10_000) },
  'steady-progress': { 'tools/call': progress(20, 0) },
  'flood-questions': { 'tools/call': chatter((id) => `{"id":${id},"method":"ping"}`) },
  'flood-list-questions': { 'tools/list': chatter((id) => `{"id":${id},"method":"roots/list"}`) },
  'flood-notifications': { 'tools/call': chatter(() => '{"method":"a"}') },
  'flood-batch': {
    'tools/call': ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(Array.from({ length: 22_000 }, (_, id) => ({ id, method: 'ping' }))));
    },
  },
  chatty: {
    'tools/call': async (exchange) => {
      openStream(exchange);
      const { response, message, server } = exchange;
      for (let at = 0; at < 1_000; at += 1) response.write(frame({ method: 'notifications/message' }));
      for (let id = 0; id < 50; id += 1) response.write(frame({ id, method: 'ping' }));
      while (server.count('answer') < 50) await sleep(5);
      response.end(frame({ id: message.id, result: { content: [{ type: 'text', text: 'heard' }] } }));
    },
  },
  leaky: {
    'tools/list': (exchange) => {
      const secret = String(exchange.request.headers.authorization);
      const description = `asked with ${secret}`;
      const properties = { [secret]: { description, enum: [secret], default: { deep: [secret] } } };
      const inputSchema = { type: 'object', properties };
      json(exchange, { tools: [{ ...TOOLS[0], description, inputSchema }, { name: `echo-${secret}` }] });
    },
    'tools/call': (exchange) => {
      const secret = String(exchange.request.headers.authorization);
      json(exchange, {
        structuredContent: { [secret]: [{ deep: secret }], escaped: `"${secret}` },
        content: [{ type: 'resource_link', uri: `a:${secret}` }],
      });
    },
  },
  'leaky-error': {
    'tools/call': (exchange) => {
      const secret = String(exchange.request.headers.authorization);
      json(exchange, {
        isError: true,
        content: [{ type: 'resource', resource: { [secret]: [secret], uri: secret } }],
      });
    },
  },
  'slow-list': {
    'tools/list': async (exchange) => {
      await sleep(100);
      json(exchange, { tools: TOOLS });
    },
  },
  late: {
    'tools/call': async (exchange) => {
      openStream(exchange);
      const progressToken = exchange.message.params?._meta?.progressToken;
      for (let at = 1; at <= 10; at += 1) {
        exchange.response.write(
          frame({ method: 'notifications/progress', params: { progressToken, progress: at } }),
        );
        await sleep(300);
      }
      exchange.response.end(
        frame({ id: exchange.message.id, result: { content: [{ type: 'text', text: 'at last' }] } }),
      );
    },
  },
  huge: {
    'tools/call': async ({ response, message }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(
        `{"jsonrpc":"2.0","id":${String(message.id)},"result":{"content":[{"type":"text","text":"`,
      );
      for (let written = 0; written < 100 << 20 && !response.destroyed; written += CHUNK.length) {
        if (!response.write(CHUNK)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      response.end('"}]}}');
    },
  },
  deep: {
    'tools/list': (exchange) => {
      raw(exchange, `{"tools":[{"name":"echo","inputSchema":{"type":"object","properties":${DEEP}}}]}`);
    },
    'tools/call': (exchange) => {
      raw(exchange, `{"structuredContent":${DEEP}}`);
    },
  },
  'nested-error': {
    'tools/call': (exchange) => {
      const nested = '{"a":'.repeat(2_000) + '1' + '}'.repeat(2_000);
      raw(exchange, `{"isError":true,"content":[{"type":"text","text":"no","_meta":${nested}}]}`);
    },
  },
  'deep-error': {
    'tools/call': (exchange) => {
      raw(exchange, `{"isError":true,"content":[${DEEP}]}`);
    },
  },
  lies: {
    'tools/list': (exchange) => {
      let deep: unknown = {};
      for (let level = 0; level < 500; level += 1) deep = { properties: deep };
      const schemas: unknown[] = [
        undefined,
        null,
        'object',
        [],
        { type: 'string' },
        { type: 'object', properties: [] },
        { type: 'object', required: 'all' },
        { type: 'object', description: 'x'.repeat(100_000) },
        { type: 'object', properties: { deep } },
      ];
      const odd = [null, 1, 'tool', {}, { name: 7 }, { name: '' }, { name: 'x'.repeat(1_000) }];
      const lying = schemas.map((inputSchema, index) => ({
        name: `t${index}`,
        description: 5,
        inputSchema,
        annotations: 'x',
      }));
      json(exchange, {
        tools: [...odd, ...lying, TOOLS[0], { name: 'echo', description: 'another' }],
        _meta: 'x',
      });
    },
    'tools/call': (exchange) => {
      json(exchange, {
        content: [null, 1, { type: 'text', text: 1 }, { type: 'x' }],
        isError: 'no',
        structuredContent: 5,
      });
    },
  },
  'no-list': {
    'tools/list': (exchange) => {
      json(exchange, { tools: 'none' });
    },
  },
  pages: {
    'tools/list': (exchange) => {
      const page = Number(exchange.message.params?.cursor ?? 0);
      const tools = Array.from({ length: 400 }, (_, index) => ({ ...TOOLS[0], name: `t${page}-${index}` }));
      json(exchange, { tools, nextCursor: String(page + 1) });
    },
  },
  'empty-pages': {
    'tools/list': (exchange) => {
      json(exchange, { tools: [], nextCursor: 'again' });
    },
  },
  redirect: {
    '*': ({ response, server }) => {
      response.writeHead(307, { location: server.canary }).end();
    },
  },
  'redirect-call': {
    'tools/call': ({ response, server }) => {
      response.writeHead(302, { location: server.canary }).end();
    },
  },
  401: {
    '*': ({ response }) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('no');
    },
  },
  'call-401': {
    'tools/call': ({ response }) => {
      response.writeHead(401).end('no');
    },
  },
  500: {
    '*': ({ response }) => {
      response.writeHead(500, { 'content-type': 'text/html' }).end('<html>at gpu-7</html>');
    },
  },
  html: {
    'tools/call': ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    },
  },
  broken: {
    'tools/call': ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc');
    },
  },
  cut: {
    'tools/call': ({ request }) => {
      request.socket.destroy();
    },
  },
  'cut-stream': {
    'tools/call': async (exchange) => {
      openStream(exchange);
      await sleep(20);
      exchange.request.socket.destroy();
    },
  },
  'end-stream': {
    'tools/call': (exchange) => {
      openStream(exchange);
      exchange.response.end();
    },
  },
  'wrong-id': {
    'tools/call': (exchange) => {
      json(exchange, { content: [] }, 4_711);
    },
  },
  'wrong-result': {
    'tools/call': (exchange) => {
      json(exchange, 'text');
    },
  },
  forgetful: {
    'tools/call': (exchange) => {
      if (exchange.server.initialized > 1)
        json(exchange, { content: [{ type: 'text', text: 'in a new session' }] });
      else {
        exchange.server.sessions.clear();
        exchange.response.writeHead(404).end();
      }
    },
  },
  /** It has forgotten the session of one call, while another one of it is under way. */
  'half-forgetful': {
    'tools/call': (exchange) => {
      const { params } = exchange.message as { params?: { name?: string } };
      if (params?.name === 'slow')
        setTimeout(json, 300, exchange, { content: [{ type: 'text', text: 'late' }] });
      else if (exchange.server.initialized > 1)
        json(exchange, { content: [{ type: 'text', text: 'in a new session' }] });
      else {
        exchange.server.sessions.clear();
        exchange.response.writeHead(404).end();
      }
    },
  },
  'always-forgetful': {
    'tools/call': ({ server, response }) => {
      server.sessions.clear();
      response.writeHead(404).end();
    },
  },
  resumed: {
    'tools/call': (exchange) => {
      openStream(exchange);
      exchange.server.waiting = exchange.message.id;
      exchange.response.end('id: e-1\nretry: 1\ndata:\n\n');
    },
  },
  asks: {
    'tools/call': async (exchange) => {
      const { response, server, message } = exchange;
      openStream(exchange);
      for (const [id, method] of [
        [901, 'elicitation/create'],
        [902, 'sampling/createMessage'],
        [903, 'roots/list'],
      ])
        response.write(frame({ id, method, params: {} }));
      while (server.refusals.length < 3) await sleep(5);
      response.end(frame({ id: message.id, result: { content: [{ type: 'text', text: 'alone' }] } }));
    },
  },
  'tool-error': {
    'tools/call': (exchange) => {
      json(exchange, {
        isError: true,
        content: [{ type: 'text', text: `got ${String(exchange.request.headers.authorization)}` }],
      });
    },
  },
  'rpc-error': {
    'tools/call': ({ response, message, request }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const error = {
        code: -32_602,
        message: `no: ${String(request.headers.authorization)} ${'x'.repeat(5_000)}`,
      };
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
    },
  },
};

/** An MCP server over Streamable HTTP that behaves as the path says. */
export class FakeMcpServer {
  /** Those that were begun and not ended. */
  readonly sessions = new Set<string>();
  readonly cancelled: unknown[] = [];
  /** Errors that the gateway has answered to questions. */
  readonly refusals: number[] = [];
  readonly asked: { method: string; headers: IncomingHttpHeaders }[] = [];
  initialized = 0;
  waiting: number | undefined;
  canary = '';
  private readonly http = createServer((request, response) => {
    void this.answer(request, response);
  });

  static async start(): Promise<FakeMcpServer> {
    const server = new FakeMcpServer();
    server.http.listen(0, '127.0.0.1');
    await once(server.http, 'listening');
    return server;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  url(mode: string): string {
    return `http://127.0.0.1:${this.port}/${mode}`;
  }

  /** How often a method was called. */
  count(method: string): number {
    return this.asked.filter((one) => one.method === method).length;
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return promisify(this.http.getConnections.bind(this.http))();
  }

  async close(): Promise<void> {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const session = request.headers['mcp-session-id'];
    if (request.method === 'DELETE') {
      this.sessions.delete(String(session));
      response.writeHead(200).end();
      return;
    }
    if (request.method === 'GET') {
      this.resume(request, response);
      return;
    }
    const reads: Buffer[] = [];
    for await (const read of request) reads.push(read as Buffer);
    const message = JSON.parse(Buffer.concat(reads).toString()) as Message;
    const { method = 'answer' } = message;
    this.asked.push({ method, headers: request.headers });
    if (method === 'initialize') this.initialized += 1;
    const behaviours = MODES[request.url?.slice(1).split('?', 1)[0] ?? ''] ?? {};
    const behaviour = behaviours['*'] ?? behaviours[method];
    const exchange = { request, response, message, server: this };
    if (behaviour) await behaviour(exchange);
    else this.behaveWell(exchange);
  }

  private behaveWell(exchange: Exchange): void {
    const { response, message } = exchange;
    if (message.error) this.refusals.push(message.error.code);
    switch (message.method) {
      case 'initialize': {
        const id = `s-${this.initialized}`;
        this.sessions.add(id);
        response.setHeader('mcp-session-id', id);
        json(exchange, {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'fake', version: '1' },
        });
        return;
      }
      case 'tools/list':
        json(exchange, { tools: TOOLS });
        return;
      case 'tools/call':
        json(exchange, { content: [{ type: 'text', text: JSON.stringify(message.params?.arguments) }] });
        return;
      case 'notifications/cancelled':
        this.cancelled.push(message.params?.requestId);
        response.writeHead(202).end();
        return;
      default:
        response.writeHead(202).end();
    }
  }

  private resume(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['last-event-id'] !== 'e-1') {
      response.writeHead(405).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(frame({ id: this.waiting, result: { content: [{ type: 'text', text: 'resumed' }] } }));
  }
}
