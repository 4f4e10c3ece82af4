import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolSession } from '../../src/tools/tool-session.js';
import { addressOf, NEVER, openMcpServers, type OpenedMcpServers } from '../support/use-mcp-servers.js';

/** What is said for a call again and again, with another number each time, instead of an answer. */
const SAYINGS: Record<string, string> = {
  questions: '{"id":AT,"method":"ping"}',
  notifications: '{"method":"notifications/message"}',
  progress: '{"method":"notifications/progress","params":{"progressToken":0,"progress":AT}}',
  lines: 'a',
};
const COUNT = 22_000;

/** Counts the answers that it gets. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs';
  import { createInterface } from 'node:readline';
  const SAYINGS = ${JSON.stringify(SAYINGS)};
  const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
  let answers = 0;
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === 'initialize') say({ jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } } });
    else if (method === 'tools/call') for (let at = 0; at < ${COUNT}; at += 1) process.stdout.write(SAYINGS[params.name].replace('AT', at) + '\\n');
    else if (method === undefined) writeFileSync(process.argv[2], String(++answers));
  });
`;

/** The transport before Streamable HTTP. */
class SseServer {
  answers = 0;
  private stream: ServerResponse | null = null;
  readonly http: Server = createServer((request, response) => {
    response.on('error', () => undefined);
    if (request.method === 'GET') {
      this.stream = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: /messages\n\n');
      return;
    }
    let text = '';
    request.on('data', (read: Buffer) => (text += read.toString()));
    request.on('end', () => {
      response.writeHead(202).end();
      this.take(JSON.parse(text) as { id: number; method?: string; params?: { name: string } });
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/sse`;
  }

  private take({ id, method, params }: { id: number; method?: string; params?: { name: string } }): void {
    const say = (message: string): unknown => this.stream?.write(`data: ${message}\n\n`);
    const serverInfo = { name: 'sse', version: '1' };
    const result = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo };
    if (method === 'initialize') say(JSON.stringify({ id, result }));
    else if (method === undefined) this.answers += 1;
    else if (method === 'tools/call') {
      const text = SAYINGS[params?.name ?? ''] ?? '';
      for (let at = 0; at < COUNT; at += 1) say(text.replace('AT', String(at)));
    }
  }
}

describe('an MCP server that says too much on a stream for all', () => {
  let folder: string;
  let gateway: OpenedMcpServers;
  let session: ToolSession;
  let sse: SseServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-'));
    sse = new SseServer();
    sse.http.listen(0, '127.0.0.1');
    await once(sse.http, 'listening');
    writeFileSync(join(folder, 'program.mjs'), PROGRAM);
    writeFileSync(join(folder, 'answers'), '0');
    const path = join(folder, 'gateway.json');
    const args = [join(folder, 'program.mjs'), join(folder, 'answers')];
    const entries = [
      { label: 'stdio', command: process.execPath, args },
      { label: 'sse', url: sse.url, transport: 'sse' },
    ];
    writeFileSync(path, JSON.stringify({ mcpServers: entries }));
    gateway = await openMcpServers({ CONFIG_FILE: path, MCP_MAX_RESULT_BYTES: '64m' });
  });
  afterEach(async () => {
    await session.close();
    await gateway.close();
    sse.http.closeAllConnections();
    sse.http.close();
    rmSync(folder, { recursive: true });
  });

  const answers = (label: string): number =>
    label === 'sse' ? sse.answers : Number(readFileSync(join(folder, 'answers'), 'utf8'));

  it.each([
    ['stdio', 'questions'],
    ['stdio', 'notifications'],
    ['stdio', 'progress'],
    ['stdio', 'lines'],
    ['sse', 'questions'],
    ['sse', 'notifications'],
    ['sse', 'progress'],
  ])('should have its connection closed: %s, %s', async (label, name) => {
    session = gateway.servers.open(addressOf(null, { label }), 'tools[0]');
    const { error } = await session.call(name, {}, { signal: NEVER });
    expect(error).toMatchObject({ type: 'http_error', code: 502 });
    expect(answers(label)).toBeLessThanOrEqual(120);
  });
});
