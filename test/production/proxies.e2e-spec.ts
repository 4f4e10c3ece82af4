import { request as openRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
} from '../support/fake-upstream.js';
import { printFigure, quantile } from '../support/figures.js';
import { type JsonAnswer, openStream, postJson } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { describeBehindEach, type Proxy } from '../support/proxies.js';
import { until } from '../support/until.js';
import { useGateway } from '../support/use-gateway.js';
import { SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'q' };
const STREAM = { ...TURN, stream: true };
const ROUNDS = 40;
const ABORTS = 10;
const MEGABYTE = 1024 * 1024;

// Large bodies on a busy machine.
jest.setTimeout(180_000);

const pong = (stream: boolean): ScriptedAnswer =>
  stream ? { body: chatStream(['po', 'ng']) } : { body: completion({ content: 'pong' }) };
const never = new Promise<never>(() => undefined);
const begun = chatFrames(['po'], { finish: null, usage: null, done: false });

describeBehindEach('a gateway behind', (program) => {
  const { upstream, gateway } = useGateway({
    answer: ({ path, body }) =>
      path === '/v1/chat/completions' ? pong((body as { stream?: boolean }).stream === true) : undefined,
  });
  let proxy: Proxy;

  beforeAll(async () => {
    proxy = await program.start([gateway.url], { checks: false });
  });
  afterAll(() => proxy.stop());

  it('should hand on events at once', async () => {
    const direct = { first: [] as number[], later: [] as number[] };
    const behind = { first: [] as number[], later: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      // By turns: what the machine does besides, it does to both.
      for (const [url, times] of [
        [gateway.url, direct],
        [proxy.url, behind],
      ] as const) {
        const { first, later } = await timeStream(url, upstream);
        times.first.push(first);
        times.later.push(later);
      }
    }
    for (const kind of ['first', 'later'] as const) {
      const [without, withIt] = [quantile(direct[kind], 0.5), quantile(behind[kind], 0.5)];
      const worst = quantile(behind[kind], 0.95) - quantile(direct[kind], 0.95);
      printFigure(
        `${kind} event behind ${program.name}`,
        `direct ${without.toFixed(1)} ms + ${(withIt - without).toFixed(1)} ms, p95 + ${worst.toFixed(1)} ms`,
        'direct + 20 ms',
      );
      // A hang guard: the figure is for reading.
      expect(withIt - without).toBeLessThan(1_000);
    }
  });

  it.each([
    ['before the answer begins', STREAM, { delayHeaders: never }],
    ['in the middle of it', STREAM, { chunks: begun, end: 'hang' }],
    ['while a JSON answer is made', TURN, { delayHeaders: never }],
  ] as const)('should tell the model server of clients that leave %s', async (phase, request, answer) => {
    const times: number[] = [];
    for (let round = 0; round < ABORTS; round++) {
      const [asked, aborted] = [upstream.chats.length, upstream.aborted];
      upstream.reply(answer);
      const leave = new AbortController();
      const asking = fetch(`${proxy.url}/v1/responses`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal: leave.signal,
      }).then((response) => response.text());
      await upstream.waitForChat(asked + 1);
      if ('chunks' in answer)
        await until(() => (upstream.chats.at(-1)?.written ?? 0) >= begun.join('').length);
      const left = performance.now();
      leave.abort();
      await expect(asking).rejects.toThrow();
      await upstream.waitForAbort(aborted + 1);
      times.push(performance.now() - left);
    }
    const [median, worst] = [quantile(times, 0.5), quantile(times, 1)];
    printFigure(
      `abort ${phase} behind ${program.name}`,
      `p50 ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`,
      '50 ms',
    );
  });

  it('should carry WebSockets', async () => {
    const client = await SocketClient.open(proxy.url);
    const { response } = await client.turn({ input: 'q' });
    expect(response).toMatchObject({ status: 'completed', output_text: 'pong' });
    await client.close();
  });

  it('should carry 30 MB of images', async () => {
    const url = `data:image/png;base64,${'A'.repeat(15 * MEGABYTE)}`;
    const image = { type: 'input_image', image_url: url };
    const input = [{ role: 'user', content: [image, image] }];
    const { body } = await postJson(`${proxy.url}/v1/responses`, { ...TURN, input });
    expect(body).toMatchObject({ status: 'completed' });
    expect(upstream.chats.at(-1)?.raw.split(url)).toHaveLength(3);
  });

  it('should answer 413 to clients that ask before they send what is larger than BODY_LIMIT_BYTES', async () => {
    expectEnvelope(await askToSend(`${proxy.url}/v1/responses`, 33 * MEGABYTE), {
      status: 413,
      type: 'invalid_request_error',
      code: 'request_too_large',
    });
  });

  it('should hand on the errors of the gateway as they are', async () => {
    expectEnvelope(await postJson(`${proxy.url}/v1/responses`, { ...TURN, input: 5 }), {
      status: 400,
      type: 'invalid_request_error',
      param: 'input',
      code: 'invalid_request',
    });
  });
});

/** Announces a body, as curl does with a large one, and waits to be told to send it. */
function askToSend(url: string, length: number): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': length,
      expect: '100-continue',
    };
    const request = openRequest(url, { method: 'POST', agent: false, headers });
    request.on('continue', () => {
      reject(new Error('The body was asked for.'));
    });
    request.on('error', reject);
    request.on('response', (response) => {
      void text(response).then((raw) => {
        request.destroy();
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, raw, body: JSON.parse(raw) as unknown });
      }, reject);
    });
    request.flushHeaders();
  });
}

/** One stream: the time to its first event, and the time that a later one takes from the model server to the client. */
async function timeStream(url: string, upstream: FakeUpstream): Promise<{ first: number; later: number }> {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  upstream.reply({ chunks: heldStream(released) });
  const started = performance.now();
  const stream = await openStream(`${url}/v1/responses`, STREAM);
  await stream.next();
  const first = performance.now() - started;
  while ((await stream.next())?.type !== 'response.output_text.delta');
  const sent = performance.now();
  release();
  await stream.next();
  const later = performance.now() - sent;
  await stream.rest();
  checkLifecycle(stream.seen.events);
  return { first, later };
}

async function* heldStream(released: Promise<void>): AsyncGenerator<string> {
  yield* begun;
  await released;
  yield chatStream(['ng']);
}
