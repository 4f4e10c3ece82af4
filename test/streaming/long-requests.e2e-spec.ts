import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { collectGarbage } from '../support/collect-garbage.js';
import { chatStream, textDelta } from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { openStream, type OpenStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { Scrape } from '../support/scrape.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const STREAMS = 20;
const WARM_UP = 5;
/** Of what is idle, a moment is enough. */
const SETTLE_MS = 500;
/** Its input once, and the state of the stream. */
const ONCE = 1.6;
/** The state of the stream alone. */
const NOTHING = 0.4;
const COLLECTOR = collectGarbage("process.on('SIGUSR2',()=>{gc();gc();});");

const INPUT = Array.from({ length: 400 }, (_, index) => ({
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: `${index} ${'to be held no longer than it is needed; '.repeat(18)}`,
}));

/** Says a word to each request, and the rest when it is told to. */
class WaitingUpstream {
  /** Of the bodies, in bytes. */
  readonly lengths: number[] = [];
  private waiting: ServerResponse[] = [];
  private readonly server = createServer((request, response) => {
    let length = 0;
    request.on('data', (bytes: Buffer) => (length += bytes.length));
    request.on('end', () => {
      if (length === 0) {
        response.end('{"object":"list","data":[]}');
        return;
      }
      this.lengths.push(length);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatStream([textDelta('Well')], { finish: null, usage: null, done: false }));
      this.waiting.push(response);
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  finishAll(): void {
    for (const response of this.waiting) response.end(chatStream([textDelta(', then.')]));
    this.waiting = [];
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('a long request', () => {
  const built = useBuiltGateway();
  const upstream = new WaitingUpstream();
  let gateway: GatewayProcess;
  let metrics: string;
  let url: string;

  beforeAll(() => upstream.start());
  afterAll(() => upstream.close());

  async function start(environment: Record<string, string>): Promise<void> {
    gateway = built.run({
      UPSTREAM_BASE_URL: upstream.url,
      METRICS_PORT: '0',
      NODE_OPTIONS: `--max-semi-space-size=8 ${COLLECTOR}`,
      ...environment,
    });
    url = `${await gateway.listening()}/v1/responses`;
    metrics = /Metrics +(\S+)\/metrics\n/.exec(gateway.stdout)?.[1] ?? '';
  }

  /** Bytes on the heap and beside it. */
  async function held(): Promise<number> {
    await pause(SETTLE_MS);
    gateway.signal('SIGUSR2');
    await pause(SETTLE_MS);
    const scrape = await Scrape.of(metrics);
    return ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'].reduce(
      (sum, name) => sum + (scrape.value(name) ?? NaN),
      0,
    );
  }

  /** Streams of which each has had its first text. */
  async function open(count: number, body: object): Promise<OpenStream[]> {
    const streams: OpenStream[] = [];
    for (let index = 0; index < count; index++) {
      const stream = await openStream(url, body);
      while ((await stream.next())?.type !== 'response.output_text.delta');
      streams.push(stream);
    }
    return streams;
  }

  async function finish(streams: OpenStream[]): Promise<void> {
    upstream.finishAll();
    for (const stream of streams) {
      await stream.rest();
      checkLifecycle(stream.seen.events);
    }
  }

  it.each([
    ['that nothing comes of', 'none', {}, NOTHING],
    ['that is kept', 'file:long.db', { store: true }, ONCE],
    ['that may have to be asked again', 'none', { stop: 'never' }, ONCE],
  ])('%s should be held no longer than it is needed', async (_what, database, more, bar) => {
    await start({ DATABASE_URL: database });
    const body = { model: 'm', stream: true, input: INPUT, ...more };
    await finish(await open(WARM_UP, body));
    const before = await held();
    const streams = await open(STREAMS, body);
    const share = ((await held()) - before) / STREAMS / JSON.stringify(body).length;
    await finish(streams);
    printFigure('held of a request of 300 KB', `${share.toFixed(2)} x its body`, `<= ${bar}`);
    expect(share).toBeLessThan(bar);
    expect(upstream.lengths.every((length) => length > 300_000)).toBe(true);
  });
});
