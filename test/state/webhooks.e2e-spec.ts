import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import { RedisConnections } from '../../src/coordination/redis/redis-connections.js';
import { BullDeliveries } from '../../src/webhooks/bull-deliveries.js';
import { WebhookService } from '../../src/webhooks/webhook.service.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { recordingLogger } from '../support/recording-logger.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Takes webhooks in and answers as it is told, 200 beyond that. */
class Receiver {
  readonly received: Received[] = [];
  readonly answers: { status: number; headers?: Record<string, string>; body?: string }[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        receiver.received.push({ path: request.url!, headers: request.headers, body });
        const { status, headers, body: answer } = receiver.answers.shift() ?? { status: 200 };
        response.writeHead(status, headers).end(answer);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const receiver = new Receiver(server, `http://127.0.0.1:${port}`);
    return receiver;
  }

  async has(count: number): Promise<void> {
    await until(() => this.received.length >= count);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** As the specification of Standard Webhooks has it. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const timestamp = Number(headers['webhook-timestamp']);
  if (!(Math.abs(Date.now() / 1_000 - timestamp) < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = createHmac('sha256', key).update(signed).digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`);
}

let folder: string;
let file: string;
let receiver: Receiver;
let gateway: TestApp;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-webhooks-'));
  file = join(folder, 'webhooks.yaml');
  receiver = await Receiver.start();
});
afterEach(async () => {
  await gateway.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** @param endpoints [path, secret, events] */
function writeEndpoints(...endpoints: [string, string, string][]): void {
  const lines = endpoints.map(
    ([path, secret, events]) => `- url: ${receiver.url}${path}\n  secret: ${secret}\n  events: [${events}]\n`,
  );
  writeFileSync(file, lines.join(''));
}

async function start(environment: Record<string, string> = {}): Promise<WebhookService> {
  gateway = await createTestApp({ environment: { WEBHOOKS_FILE: file, ...environment } });
  return gateway.app.get(WebhookService);
}

describe('webhooks', () => {
  it('should tell each endpoint of the events that it wants, signed with its own secret', async () => {
    writeEndpoints(
      ['/a', SECRET, 'response.completed, response.failed'],
      ['/b', OTHER, 'response.completed'],
      ['/c', OTHER, 'response.cancelled'],
    );
    const webhooks = await start();
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(2);
    await webhooks.notify('response.failed', 'resp_2');
    await receiver.has(3);
    const [first, second, third] = receiver.received;
    expect(receiver.received.map(({ path }) => path).sort()).toEqual(['/a', '/a', '/b']);
    expect(third!.path).toBe('/a');
    for (const each of [first!, second!]) {
      expect(isSigned(each, each.path === '/a' ? SECRET : OTHER)).toBe(true);
      expect(isSigned(each, each.path === '/a' ? OTHER : SECRET)).toBe(false);
      expect(JSON.parse(each.body)).toEqual({
        id: each.headers['webhook-id'],
        object: 'event',
        type: 'response.completed',
        created_at: expect.any(Number) as number,
        data: { id: 'resp_1' },
      });
      expect(each.headers['content-type']).toBe('application/json');
    }
    expect(JSON.parse(third!.body)).toMatchObject({ type: 'response.failed', data: { id: 'resp_2' } });
    expect(third!.headers['webhook-id']).not.toBe(first!.headers['webhook-id']);
  });

  it('should be sent again until they have arrived, with the same id and signed anew', async () => {
    writeEndpoints(['/a', SECRET, 'response.completed']);
    const webhooks = await start();
    receiver.answers.push({ status: 503 });
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(2);
    const [first, second] = receiver.received;
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body).toBe(first!.body);
    expect(Number(second!.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first!.headers['webhook-timestamp']),
    );
    expect(isSigned(second!, SECRET)).toBe(true);
  });

  it('should take over what the file says anew', async () => {
    writeEndpoints(['/a', SECRET, 'response.completed']);
    const webhooks = await start();
    writeEndpoints(['/new', OTHER, 'response.completed']);
    gateway.app.get(WatchedFiles).reload();
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(1);
    expect(receiver.received[0]!.path).toBe('/new');
    expect(isSigned(receiver.received[0]!, OTHER)).toBe(true);
  });

  it('should do nothing without the file', async () => {
    gateway = await createTestApp();
    await gateway.app.get(WebhookService).notify('response.completed', 'resp_1');
    expect(receiver.received).toEqual([]);
  });

  it('should stop the start with a wrong file', async () => {
    writeFileSync(file, '- url: x\n');
    await expect(start()).rejects.toThrow(`WEBHOOKS_FILE=${file}:\n`);
    gateway = await createTestApp();
  });
});

(HAS_REDIS ? describe : describe.skip)('webhooks over Redis', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await server.remove();
  });

  it('should be sent by whichever replica', async () => {
    writeEndpoints(['/a', SECRET, 'response.completed']);
    const webhooks = await start({ REDIS_URL: server.url });
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(1);
    expect(isSigned(receiver.received[0]!, SECRET)).toBe(true);
  });

  it('should be sent from here when Redis is away', async () => {
    writeEndpoints(['/a', SECRET, 'response.completed']);
    const webhooks = await start({ REDIS_URL: server.url });
    await server.kill();
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(1);
    expect(isSigned(receiver.received[0]!, SECRET)).toBe(true);
  });

  it('should be tried again by a replica that is there when another one is gone', async () => {
    gateway = await createTestApp();
    const tried: string[] = [];
    const join = async (name: string, arrives: boolean): Promise<RedisConnections> => {
      const connections = (await RedisConnections.open({ REDIS_URL: server.url }, recordingLogger().logger))!;
      const deliver = (): Promise<boolean> => {
        tried.push(name);
        return Promise.resolve(arrives);
      };
      const deliveries = await BullDeliveries.open(connections, deliver, [300, 300]);
      if (!arrives) await deliveries.add({ id: 'evt_1', url: receiver.url, body: '{}' });
      return connections;
    };
    const first = await join('first', false);
    await until(() => tried.length === 1);
    await first.onApplicationShutdown();
    const second = await join('second', true);
    await until(() => tried.length === 2);
    expect(tried).toEqual(['first', 'second']);
    await second.onApplicationShutdown();
  });
});

describe('one attempt at a webhook', () => {
  it.each([
    [302, { location: '/elsewhere' }],
    [500, {}],
    [410, {}],
  ])('should not be done with %i, and follow no redirect', async (status, headers) => {
    writeEndpoints(['/a', SECRET, 'response.completed']);
    const webhooks = await start();
    receiver.answers.push({ status, headers, body: 'x'.repeat(1_000_000) });
    await webhooks.notify('response.completed', 'resp_1');
    await receiver.has(1);
    // The next attempt comes after a while: until then nothing else does.
    await webhooks.notify('response.completed', 'resp_2');
    await receiver.has(2);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/a', '/a']);
    expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({ data: { id: 'resp_2' } });
  });
});
