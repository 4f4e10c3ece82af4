import { type ClientRequest, request as openRequest, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { AuthStrategy } from '../../src/auth/auth-strategy.js';
import type { AppOptions } from '../../src/app.module.js';
import type { Caller } from '../../src/request/request-context.js';
import { DrainService } from '../../src/request/drain.service.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  streamError,
} from '../support/fake-upstream.js';
import { type OpenStream, openStream, postJson } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';

const BOUND_MS = 2_000;
const TURN = { model: 'test-model', input: 'Hi' };
const STREAM = { ...TURN, stream: true };
const never = new Promise<never>(() => undefined);
const begun = chatFrames(['pon'], { finish: null, usage: null, done: false });

let upstream: FakeUpstream;
let gateway: TestApp;
let url: string;
let gateways: TestApp[] = [];

/** Starts a gateway that is closed after the test, whatever comes of it. */
async function startGateway(options: AppOptions = {}): Promise<TestApp> {
  const environment = { UPSTREAM_BASE_URL: upstream.url, ...options.environment };
  const started = await createTestApp({ ...options, environment });
  gateways.push(started);
  return started;
}

beforeEach(async () => {
  upstream = await startFakeUpstream();
  // One connection only: one that is not given back would stop everything after it.
  gateway = await startGateway({ environment: { UPSTREAM_MAX_CONNECTIONS: '1' } });
  url = `${gateway.url}/v1/responses`;
});
afterEach(async () => {
  await Promise.all(gateways.map((started) => started.close()));
  gateways = [];
  await upstream.close();
});

/** Fails when it takes longer than a departed client may be noticed in. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = pause(BOUND_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Nothing happened within ${BOUND_MS} ms.`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + BOUND_MS;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`It did not come true within ${BOUND_MS} ms: ${condition.toString()}`);
    await pause(5);
  }
}

function running(app = gateway): number {
  return app.app.get<{ running: Set<unknown> }>(DrainService).running.size;
}

/** Posts without waiting for an answer, so that the client can go away before there is one. */
function start(body: unknown, target = url): ClientRequest {
  const request = openRequest(target, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  });
  request.on('error', () => undefined);
  request.end(JSON.stringify(body));
  return request;
}

async function expectNothingLeft(): Promise<void> {
  await until(() => running() === 0);
  upstream.reply(completion({ content: 'still here' }));
  const { status, body } = await soon(postJson(url, TURN));
  expect(status).toBe(200);
  checkResponse(body);
}

describe('a client that leaves', () => {
  it.each([
    ['a stream', STREAM],
    ['a whole answer', TURN],
  ])('should abort the request for %s before the model server has answered', async (_what, body) => {
    upstream.reply({ delayHeaders: never });
    const request = start(body);
    await upstream.waitForChat();
    expect(running()).toBe(1);
    request.destroy();
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });

  it('should abort the request between the headers and the first token', async () => {
    upstream.reply({ chunks: chatFrames([''], { finish: null, usage: null, done: false }), end: 'hang' });
    const stream = await openStream(url, STREAM);
    expect((await stream.next())?.type).toBe('response.created');
    expect((await stream.next())?.type).toBe('response.in_progress');
    stream.destroy();
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });

  it('should abort the request in mid-stream', async () => {
    upstream.reply({ chunks: begun, end: 'hang' });
    const stream = await openStream(url, STREAM);
    while ((await stream.next())?.type !== 'response.output_text.delta');
    checkLifecycle(stream.seen.events, { partial: true });
    stream.destroy();
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });

  it('should abort the request in the middle of a whole answer', async () => {
    upstream.reply({ chunks: ['{"choices":['], end: 'hang' });
    const request = start(TURN);
    await upstream.waitForChat();
    request.destroy();
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });

  it('should abort its own request only', async () => {
    const wide = await startGateway();
    const open = async (): Promise<OpenStream> => {
      upstream.reply({ chunks: begun, end: 'hang' });
      return openStream(`${wide.url}/v1/responses`, STREAM);
    };
    const [leaving, staying] = [await open(), await open()];
    leaving.destroy();
    await soon(upstream.waitForAbort());
    await until(() => running(wide) === 1);
    expect(upstream.aborted).toBe(1);
    staying.destroy();
    await soon(upstream.waitForAbort(2));
  });

  it('should leave no request behind when it goes while the models are looked up', async () => {
    let tell: (value?: unknown) => void = () => undefined;
    const told = new Promise((resolve) => (tell = resolve));
    upstream.reply({ body: '{"object":"list","data":[{"id":"m"}]}', delayHeaders: told }, '/v1/models');
    const request = start({ ...STREAM, model: 'default' });
    await until(() => upstream.requests.length === 1);
    request.destroy();
    await until(() => running() === 0);
    tell();
    await expectNothingLeft();
    expect(upstream.chats).toHaveLength(1);
  });

  it('should leave no request behind when it goes while it is asked who it is', async () => {
    let admit: (caller: Caller) => void = () => undefined;
    let asked = 0;
    @Injectable()
    class SlowStrategy extends AuthStrategy {
      override authenticate(): Promise<Caller> {
        asked += 1;
        return new Promise((resolve) => (admit = resolve));
      }
    }
    @Module({ providers: [{ provide: AuthStrategy, useClass: SlowStrategy }], exports: [AuthStrategy] })
    class SlowAuth {}
    const slow = await startGateway({ extensions: [SlowAuth] });
    const gone = new Promise((resolve) => {
      slow.app.getHttpServer().on('request', (_request, response: ServerResponse) => {
        response.on('close', resolve);
      });
    });
    const request = start(STREAM, `${slow.url}/v1/responses`);
    await until(() => asked === 1);
    request.destroy();
    await soon(gone);
    admit({ id: 'late' });
    await pause(50);
    expect(running(slow)).toBe(0);
    expect(upstream.requests).toHaveLength(0);
  });

  it('should not cost a connection, however often it happens', async () => {
    for (let round = 1; round <= 5; round++) {
      upstream.reply({ chunks: begun, end: 'hang' });
      const stream = await soon(openStream(url, STREAM));
      await stream.next();
      stream.destroy();
      await soon(upstream.waitForAbort(round));
    }
    await expectNothingLeft();
  });
});

describe('an answer that ends before the model server does', () => {
  it.each([
    ['by an error', { chunks: [...begun, streamError().raw ?? ''], end: 'hang' as const }, STREAM],
    ['by a broken line', { chunks: [...begun, 'data: {\n\n'], end: 'hang' as const }, STREAM],
    [
      'by a stop text',
      {
        chunks: chatFrames(['one STOP two'], { finish: null, usage: null, done: false }),
        end: 'hang' as const,
      },
      { ...STREAM, stop: 'STOP' },
    ],
  ])('should be closed, and its request aborted: %s', async (_how, answer, body) => {
    upstream.reply(answer);
    const stream = await openStream(url, body);
    const events = await soon(stream.rest());
    checkLifecycle(events);
    expect(stream.seen.done).toBe(true);
    await soon(stream.closed);
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });
});

describe('a client that does not read', () => {
  const PIECES = 3_000;
  const DIGITS = '0123456789'.repeat(5);
  /** Small deltas: the text stays short while frame after frame has to be written. */
  const piece = chatFrames(DIGITS.split(''), { finish: null, usage: null, done: false }).join('');
  const last = chatStream([]);
  const totalBytes = PIECES * piece.length + last.length;

  function* manyFrames(): Generator<string> {
    for (let index = 0; index < PIECES; index++) yield piece;
    yield last;
  }

  /** Waits until the model server cannot get rid of anything more; @returns what it got rid of. */
  async function stalledAt(): Promise<number> {
    const written = (): number => upstream.chats.at(-1)?.written ?? 0;
    for (let before = -1; before < written();) {
      before = written();
      await pause(400);
    }
    return written();
  }

  async function stall(): Promise<{ stream: OpenStream; response: ServerResponse }> {
    let response: ServerResponse | undefined;
    gateway.app.getHttpServer().prependListener('request', (_request, given: ServerResponse) => {
      response = given;
    });
    upstream.reply({
      chunks: manyFrames(),
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    });
    const stream = await openStream(url, STREAM);
    await stream.next();
    if (!response) throw new Error('The gateway got no request.');
    return { stream, response };
  }

  it('should hold the model server back, and get everything when it reads on', async () => {
    const { stream, response } = await stall();
    const written = await stalledAt();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(totalBytes / 2);
    expect(response.writableLength).toBeLessThan(1_000_000);
    expect(response.writableNeedDrain).toBe(true);

    await stream.rest();
    checkLifecycle(stream.seen.events, { schema: false });
    const end = stream.seen.events.at(-1) as unknown as { type: string; response: { output_text: string } };
    expect(end.type).toBe('response.completed');
    expect(end.response.output_text === DIGITS.repeat(PIECES)).toBe(true);
    expect(upstream.chats[0]?.written).toBe(totalBytes);
  });

  it('should be noticed when it leaves', async () => {
    const { stream } = await stall();
    await stalledAt();
    stream.destroy();
    await soon(upstream.waitForAbort());
    await expectNothingLeft();
  });
});
