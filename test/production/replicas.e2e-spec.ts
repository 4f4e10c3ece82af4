import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { expectEnvelope } from '../support/error-envelope.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { HeldStream } from '../support/held-stream.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, type OpenStream, openStream, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { HAS_NGINX, Nginx } from '../support/nginx.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'q' };
const STREAM = { ...TURN, stream: true };
const OVERLOADED = { status: 503, type: 'server_error', code: 'server_is_overloaded' };

// Each test starts several processes of its own.
jest.setTimeout(300_000);

if (!HAS_NGINX) process.stdout.write('No nginx here: the tests of several gateways behind it are skipped.\n');

(HAS_NGINX ? describe : describe.skip)('gateways behind nginx', () => {
  const built = useBuiltGateway();
  let upstream: FakeUpstream;
  let replicas: GatewayProcess[];
  let urls: string[];
  let nginx: Nginx | undefined;
  let held: HeldStream;

  beforeEach(async () => {
    held = new HeldStream();
    upstream = await startFakeUpstream(({ path, body }) => {
      if (path !== '/v1/chat/completions') return undefined;
      return (body as Json).stream ? { chunks: held.chunks() } : { body: completion({ content: 'pong' }) };
    });
  });
  afterEach(async () => {
    held.release();
    await nginx?.stop();
    await upstream.close();
  });

  async function start(count: number, variables: Record<string, string> = {}): Promise<string> {
    replicas = Array.from({ length: count }, () =>
      built.run({ UPSTREAM_BASE_URL: upstream.url, SHUTDOWN_GRACE_MS: '60000', ...variables }),
    );
    urls = await Promise.all(replicas.map((replica) => replica.listening()));
    nginx = await Nginx.start(urls);
    return nginx.url;
  }

  /** Waits until every replica has given so many answers. */
  async function untilEach(count: number): Promise<void> {
    const given = (replica: GatewayProcess): number =>
      replica.logLines.filter(({ msg, status }) => msg === 'request' && status === 200).length;
    await Promise.all(replicas.map((replica) => replica.until(() => given(replica) >= count)));
  }

  async function expectPongs(url: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const { status, body } = await postJson(`${url}/v1/responses`, TURN);
      expect(status).toBe(200);
      checkResponse(body);
      expect(body).toMatchObject({ output_text: 'pong' });
    }
  }

  /** Streams that have begun: the one with the fewest is chosen for each, so every replica gets one. */
  async function beginStreams(url: string, count: number): Promise<OpenStream[]> {
    const streams: OpenStream[] = [];
    for (let index = 0; index < count; index++) {
      const stream = await openStream(`${url}/v1/responses`, STREAM);
      while ((await stream.next())?.type !== 'response.output_text.delta');
      streams.push(stream);
    }
    return streams;
  }

  async function expectPong(stream: OpenStream): Promise<void> {
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.done).toBe(true);
    expect(stream.seen.events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
  }

  it('should share the requests', async () => {
    const url = await start(2);
    await expectPongs(url, 4);
    await untilEach(1);
  });

  it('should hand on events while the answer goes on', async () => {
    const url = await start(1);
    const [stream] = await beginStreams(url, 1);
    expect(stream!.seen.done).toBe(false);
    held.release();
    await expectPong(stream!);
  });

  it('should tell of clients that went away', async () => {
    const url = await start(1);
    const [stream] = await beginStreams(url, 1);
    stream!.destroy();
    await upstream.waitForAbort();
    expect(upstream.aborted).toBe(1);
  });

  it('should carry WebSockets', async () => {
    const url = await start(2);
    held.release();
    const client = await SocketClient.open(url);
    const { response } = await client.turn({ input: 'q' });
    const next = await client.turn({ input: 'q', previous_response_id: response.id });
    expect(next.response).toMatchObject({ status: 'completed', output_text: 'pong' });
    await client.close();
  });

  it('should hide that a replica is ending, and that it has ended', async () => {
    const url = await start(3);
    const streams = await beginStreams(url, 3);
    const [leaving, ...staying] = replicas;
    leaving!.signal('SIGTERM');
    while ((await getJson(`${urls[0]}/health/ready`)).status !== 503) await pause(5);

    await expectPongs(url, 6);
    const client = await SocketClient.open(url);
    await client.close();
    expect(leaving!.isRunning).toBe(true);

    held.release();
    for (const stream of streams) await expectPong(stream);
    await expect(leaving!.exited).resolves.toBe(0);
    await expectPongs(url, 6);
    expect(staying.every(({ isRunning }) => isRunning)).toBe(true);
  });

  it('should say so when all replicas are full, and ask them again at once', async () => {
    const url = await start(2, { MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    const streams = await beginStreams(url, 2);
    const refused = await postJson(`${url}/v1/responses`, TURN);
    expectEnvelope(refused, OVERLOADED);
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    held.release();
    for (const stream of streams) await expectPong(stream);
    await expectPongs(url, 4);
    // Their streams, and some of these: none is left out.
    await untilEach(2);
  });

  it('should put the errors of nginx into the envelope', async () => {
    const url = await start(1);
    expectEnvelope(await postJson(`${url}/v1/responses`, `{"input":"${'x'.repeat(33 * 1024 * 1024)}"}`), {
      status: 413,
      type: 'invalid_request_error',
      code: 'request_too_large',
    });
    await Promise.all(replicas.map((replica) => replica.kill()));
    const unreachable = await postJson(`${url}/v1/responses`, TURN);
    expectEnvelope(unreachable, OVERLOADED);
    expect(unreachable.headers['retry-after']).toBe('1');
  });
});
