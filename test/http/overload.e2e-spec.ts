import { type ClientRequest, request as openRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { AppOptions } from '../../src/app.module.js';
import { requestContextOf } from '../../src/request/current-request.decorator.js';
import { InFlightLimiter } from '../../src/request/in-flight.limiter.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  CHAT_PATH,
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { getJson, openStream, postJson } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const STREAM = { ...TURN, stream: true };
const OVERLOADED = { status: 503, type: 'server_error', code: 'server_is_overloaded' };
const begun = chatFrames(['pon'], { finish: null, usage: null, done: false });
const never = new Promise<never>(() => undefined);

let delayHeaders: Promise<unknown> | undefined;
let upstream: FakeUpstream;
let gateway: TestApp;
let limiter: InFlightLimiter;
let url: string;

async function start(environment: Record<string, string>, extensions?: AppOptions['extensions']) {
  gateway = await createTestApp({
    environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
    ...(extensions && { extensions }),
  });
  limiter = gateway.app.get(InFlightLimiter, { strict: false });
  url = `${gateway.url}/v1/responses`;
}

beforeEach(async () => {
  upstream = await startFakeUpstream(({ path, body }) => {
    if (path !== CHAT_PATH) return path.includes('token') ? { status: 404, body: '{}' } : undefined;
    const { stream } = body as { stream?: boolean };
    return { body: stream ? chatStream(['pong']) : completion({ content: 'pong' }), delayHeaders };
  });
});
afterEach(async () => {
  delayHeaders = undefined;
  await gateway.close();
  await upstream.close();
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(2);
}

/** Posts a request that nobody waits for. */
function post(body: unknown): ClientRequest {
  const request = openRequest(url, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  });
  request.on('error', () => undefined);
  request.on('response', (message) => message.on('error', () => undefined).resume());
  request.end(JSON.stringify(body));
  return request;
}

/** Takes the only place until it is let go. */
async function occupy(): Promise<() => void> {
  upstream.reply({ chunks: begun, end: 'hang' });
  const stream = await openStream(url, STREAM);
  return () => {
    stream.destroy();
  };
}

async function expectNothingHeld(): Promise<void> {
  await until(() => limiter.size === 0);
  expect([limiter.running, limiter.waiting]).toEqual([0, 0]);
  expect((await postJson(url, TURN)).status).toBe(200);
}

describe('more requests than may run', () => {
  it('should be refused at once with 503, and the others be served', async () => {
    await start({ MAX_IN_FLIGHT: '20', QUEUE_LIMIT: '20', QUEUE_TIMEOUT_MS: '60000' });
    const alone = performance.now();
    await postJson(url, TURN);
    const single = performance.now() - alone;
    let refusals = 0;
    let release = (): void => undefined;
    delayHeaders = new Promise<void>((resolve) => (release = resolve));
    const burst = Array.from({ length: 200 }, async () => {
      const begin = performance.now();
      const answer = await postJson(url, TURN);
      if (answer.status === 503 && ++refusals === 160) release();
      return { answer, ms: performance.now() - begin };
    });
    const answers = await Promise.all(burst);
    const served = answers.filter(({ answer }) => answer.status === 200);
    const refused = answers.filter(({ answer }) => answer.status !== 200);
    for (const { answer } of refused) {
      expectEnvelope(answer, OVERLOADED);
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    }
    for (const { answer } of served) checkResponse(answer.body);
    expect(served).toHaveLength(40);
    const worst = Math.max(...served.map(({ ms }) => ms));
    console.info(
      `served ${served.length} (alone ${single.toFixed(1)} ms, worst ${worst.toFixed(1)} ms), refused ${refused.length}`,
    );
    await expectNothingHeld();
  });

  it('should be refused at once while everything is taken', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    const letGo = await occupy();
    const times: number[] = [];
    for (let count = 0; count < 100; count++) {
      const begin = performance.now();
      const answer = await postJson(url, STREAM);
      times.push(performance.now() - begin);
      expectEnvelope(answer, OVERLOADED);
    }
    times.sort((one, other) => one - other);
    console.info(
      `refused: median ${times[50]!.toFixed(1)} ms, 99 % ${times[98]!.toFixed(1)} ms (bar: 50 ms)`,
    );
    expect(times[50]).toBeLessThan(250);
    expect(upstream.chats).toHaveLength(1);
    letGo();
    await expectNothingHeld();
  });

  it('should wait for a free place in the order they came', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '3', QUEUE_TIMEOUT_MS: '60000' });
    const letGo = await occupy();
    const answers: Promise<unknown>[] = [];
    for (const name of ['first', 'second', 'third']) {
      answers.push(postJson(url, { ...TURN, input: name }));
      await until(() => limiter.waiting === answers.length);
    }
    expect(upstream.chats).toHaveLength(1);
    letGo();
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ status: 200 });
    const inputs = upstream.chats.map(({ raw }) => /first|second|third/.exec(raw)?.[0]).filter(Boolean);
    expect(inputs).toEqual(['first', 'second', 'third']);
    await expectNothingHeld();
  });

  it('should be refused when they have waited for too long', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '3', QUEUE_TIMEOUT_MS: '50' });
    const letGo = await occupy();
    expectEnvelope(await postJson(url, TURN), OVERLOADED);
    expect(upstream.chats).toHaveLength(1);
    letGo();
    await expectNothingHeld();
  });

  it('should leave the queue with their clients, and never reach the model server', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '3', QUEUE_TIMEOUT_MS: '60000' });
    const letGo = await occupy();
    const leaving = [post(TURN), post(STREAM)];
    await until(() => limiter.waiting === 2);
    for (const request of leaving) request.destroy();
    await until(() => limiter.waiting === 0);
    letGo();
    await until(() => limiter.size === 0);
    expect(upstream.chats).toHaveLength(1);
    await expectNothingHeld();
  });

  it('should not be counted where the model has nothing to do', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    const letGo = await occupy();
    const paths = [
      '/',
      '/health/live',
      '/health/ready',
      '/v1/models',
      '/v1/models/test-model',
      '/docs/openapi.json',
    ];
    for (const path of paths) expect((await getJson(`${gateway.url}${path}`)).status).toBe(200);
    expect((await getJson(`${gateway.url}/v1/nothing`)).status).toBe(404);
    expect((await getJson(url)).status).toBe(405);
    expectEnvelope(await postJson(`${url}/compact`, TURN), OVERLOADED);
    expectEnvelope(await postJson(`${url}/input_tokens`, TURN), OVERLOADED);
    letGo();
    await expectNothingHeld();
  });
});

describe('a place', () => {
  @Injectable()
  class MoodyGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const mood = requestContextOf(context).header('x-mood');
      if (mood === 'broken') throw new Error('The guard is broken.');
      return mood !== 'closed';
    }
  }
  @Module({ providers: [{ provide: APP_GUARD, useClass: MoodyGuard }] })
  class MoodyModule {}

  it.each<[string, number, unknown, Record<string, string>, string]>([
    ['an answer', 200, TURN, {}, ''],
    ['a body that is no JSON', 400, '{"model":', {}, ''],
    ['a field that is wrong', 400, { ...TURN, temperature: 9 }, {}, ''],
    [
      'input that is wrong',
      400,
      { ...TURN, input: [{ type: 'message', role: 'nobody', content: '' }] },
      {},
      '',
    ],
    ['a guard that refuses', 403, TURN, { 'x-mood': 'closed' }, ''],
    ['a guard that throws', 500, TURN, { 'x-mood': 'broken' }, ''],
    ['a count', 200, TURN, {}, '/input_tokens'],
    ['a compaction', 200, TURN, {}, '/compact'],
    ['a compaction that is wrong', 400, { input: 'Hi' }, {}, '/compact'],
  ])('should be given back behind %s', async (_what, status, body, headers, path) => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' }, [MoodyModule]);
    for (let count = 0; count < 5; count++) {
      expect((await postJson(`${url}${path}`, body, headers)).status).toBe(status);
      await until(() => limiter.size === 0);
    }
    await expectNothingHeld();
  });

  it('should be given back behind a failure of the model server, streamed or not', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    for (const body of [TURN, STREAM]) {
      upstream.reply({ status: 500, body: '{}' });
      expect((await postJson(url, body)).status).toBe(502);
      await until(() => limiter.size === 0);
      upstream.reply({ chunks: begun, end: 'destroy' });
      await (await openStream(url, STREAM)).rest();
      await until(() => limiter.size === 0);
    }
    await expectNothingHeld();
  });

  it('should be taken until the response is closed', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    const big = 'x'.repeat(16_000_000);
    upstream.reply(completion({ content: big }));
    const request = openRequest(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json' },
    });
    request.end(JSON.stringify(TURN));
    const message = await new Promise<NodeJS.ReadableStream>((resolve) => request.once('response', resolve));
    // The answer is complete, and most of it not read.
    await pause(100);
    expect(limiter.running).toBe(1);
    expectEnvelope(await postJson(url, TURN), OVERLOADED);
    await new Promise((resolve) => message.on('end', resolve).resume());
    await expectNothingHeld();
  });
});

describe('turns of a WebSocket', () => {
  it('should count as running answers, and be refused with an error frame on an open connection', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    const client = await SocketClient.open(gateway.url);
    const letGo = await occupy();
    const { error } = await client.turn({ input: 'Hi' });
    expect(error).toMatchObject({
      status: 503,
      error: { type: 'server_error', code: 'server_is_overloaded' },
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string },
    });
    letGo();
    await until(() => limiter.size === 0);
    upstream.reply({ body: chatStream(['fine']) });
    checkLifecycle((await client.turn({ input: 'Hi' })).events);
    await until(() => limiter.size === 0);
    upstream.reply({ chunks: begun, end: 'hang' });
    client.send({ input: 'Hi' });
    while ((await client.next()).type !== 'response.output_text.delta');
    expectEnvelope(await postJson(url, TURN), OVERLOADED);
    await client.close();
    await expectNothingHeld();
  });

  it('should wait, and leave the queue with their client', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '5', QUEUE_TIMEOUT_MS: '60000' });
    const letGo = await occupy();
    const [staying, leaving] = [await SocketClient.open(gateway.url), await SocketClient.open(gateway.url)];
    leaving.send({ input: 'leaving' });
    await until(() => limiter.waiting === 1);
    const answer = staying.turn({ input: 'staying' });
    await until(() => limiter.waiting === 2);
    await leaving.close();
    await until(() => limiter.waiting === 1);
    upstream.reply({ body: chatStream(['fine']) });
    letGo();
    checkLifecycle((await answer).events);
    expect(upstream.chats.map(({ raw }) => raw.includes('leaving'))).not.toContain(true);
    await staying.close();
    await expectNothingHeld();
  });

  it('should be as many connections as may be open', async () => {
    await start({ WEBSOCKET_MAX_CONNECTIONS: '2' });
    const clients = [await SocketClient.open(gateway.url), await SocketClient.open(gateway.url)];
    const refused = await refusedUpgrade(url);
    expectEnvelope(refused, OVERLOADED);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    await clients[0]!.close();
    await pause(20);
    await (await SocketClient.open(gateway.url)).close();
    await clients[1]!.close();
  });
});

describe('the end of the process', () => {
  it('should refuse those who wait, and let the running ones finish', async () => {
    await start({
      MAX_IN_FLIGHT: '1',
      QUEUE_LIMIT: '5',
      QUEUE_TIMEOUT_MS: '60000',
      SHUTDOWN_GRACE_MS: '60000',
    });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    upstream.reply({ body: completion({ content: 'late' }), delayHeaders: released });
    const running = postJson(url, TURN);
    await until(() => limiter.running === 1);
    const waiting = [postJson(url, TURN), postJson(url, STREAM)];
    await until(() => limiter.waiting === 2);
    const closed = gateway.close();
    for (const answer of await Promise.all(waiting)) {
      expectEnvelope(answer, { ...OVERLOADED, message: 'The gateway is shutting down.' });
      expect(answer.headers['retry-after']).toBe('1');
    }
    release();
    expect((await running).status).toBe(200);
    await closed;
    expect(upstream.chats).toHaveLength(1);
  });

  it('should come although a client waits whose model server never answers', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '5', QUEUE_TIMEOUT_MS: '60000', SHUTDOWN_GRACE_MS: '1' });
    upstream.reply({ delayHeaders: never });
    const [running, waiting] = [postJson(url, TURN), pause(50).then(() => postJson(url, TURN))];
    await until(() => limiter.waiting === 1);
    await gateway.close();
    expectEnvelope(await running, OVERLOADED);
    expectEnvelope(await waiting, OVERLOADED);
  });
});
