import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, switchMap, tap } from 'rxjs';
import {
  chatFrames,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../../test/support/fake-upstream.js';
import { HeldStream } from '../../test/support/held-stream.js';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { until } from '../../test/support/until.js';
import { parseEnvironment } from '../config/environment.js';
import type { GatewayFile } from '../gateway-file/gateway-file.service.js';
import { hashText } from '../contracts/hash-text.js';
import type { UpstreamEntry } from '../gateway-file/upstream-entry.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { Gate } from '../request/gate.js';
import { chooseServer } from './choose-server.js';
import { FailoverUpstreamClient } from './failover-upstream.client.js';
import { HttpUpstreamClient } from './http-upstream.client.js';
import { type UpstreamAttempt, UpstreamEvents } from './upstream-events.js';
import { UpstreamRegistry } from './upstream-registry.service.js';
import type { OpenOptions } from './upstream.client.js';

/** Without what makes it a class. */
type Entry = Pick<UpstreamEntry, keyof UpstreamEntry>;

const CHAT = '/v1/chat/completions';
const PONG = { body: completion({ content: 'pong' }) };
const BUSY = { status: 429, body: '{"message":"busy"}' };
const OVERLOADED = { status: 503, body: '{"message":"The engine is initializing."}' };
const REQUEST = { model: 'test-model', messages: [{ role: 'user' as const, content: 'ping' }] };

// A hang is found by three probes of two seconds.
jest.setTimeout(60_000);

let upstreams: FakeUpstream[] = [];
let opened: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  opened = [];
  upstreams = [];
});

/** Starts a server for each; @param answers to chats, for good. */
async function startServers(...answers: (ScriptedAnswer | undefined)[]): Promise<FakeUpstream[]> {
  upstreams = await Promise.all(
    answers.map((answer) => startFakeUpstream(({ path }) => (path === CHAT ? answer : undefined))),
  );
  return upstreams;
}

const entriesOf = (servers: readonly { url: string }[]): Entry[] =>
  servers.map(({ url }, index) => ({ name: 'abc'.charAt(index), baseUrl: url }));

function open(entries: Entry[], variables: Record<string, string> = {}) {
  const { logger, lines } = recordingLogger();
  const environment = parseEnvironment({ UPSTREAM_PROBE_INTERVAL_MS: '3600000', ...variables });
  const listeners: (() => void)[] = [];
  const file = { upstreams: entries, onChange: (listener: () => void) => listeners.push(listener) };
  const files = new WatchedFiles(logger);
  const events = new UpstreamEvents();
  const attempts: UpstreamAttempt[] = [];
  events.attempts.subscribe((attempt) => attempts.push(attempt));
  const registry = new UpstreamRegistry(
    environment,
    file as unknown as GatewayFile,
    files,
    events,
    logger,
    null,
  );
  const close = async (): Promise<void> => {
    files.onApplicationShutdown();
    await registry.onApplicationShutdown();
  };
  opened.push({ close });
  const change = (next: Entry[]): void => {
    file.upstreams = next;
    for (const listener of listeners) listener();
  };
  return {
    client: new FailoverUpstreamClient(registry, events),
    registry,
    events,
    change,
    lines,
    /** Who was asked, and what came of it. */
    told: () =>
      attempts.map(({ upstream, outcome, isRetry }) => `${upstream} ${outcome}${isRetry ? ' again' : ''}`),
  };
}

const optionsOf = (more: Partial<OpenOptions> = {}): OpenOptions => ({
  gate: new Gate(),
  signal: new AbortController().signal,
  ...more,
});

type Failover = Pick<FailoverUpstreamClient, 'open'>;

/** @returns the server that has answered */
async function ask(client: Failover, more: Partial<OpenOptions> = {}, request = REQUEST): Promise<string> {
  const answers = client.open(request, optionsOf(more));
  return lastValueFrom(answers.pipe(switchMap(({ upstream, chunks }) => chunks.pipe(map(() => upstream)))));
}

/** A key that belongs to this server while all are well. */
function keyFor(name: string, entries: readonly Entry[]): string {
  const servers = entries.map((entry) => ({
    name: entry.name,
    seed: hashText(entry.name),
    weight: entry.weight ?? 1,
    inFlight: 0,
    queued: 0,
    maxInFlight: Infinity,
  }));
  for (let index = 0; ; index++) {
    if (chooseServer(servers, hashText(`key ${index}`), 0)?.name === name) return `key ${index}`;
  }
}

describe('a request to several servers', () => {
  it('should keep the server of its key', async () => {
    const entries = entriesOf(await startServers(PONG, PONG, PONG));
    const { client } = open(entries);
    for (const { name } of entries) {
      const affinityKey = keyFor(name, entries);
      for (let turn = 0; turn < 3; turn++) expect(await ask(client, { affinityKey })).toBe(name);
    }
  });

  it.each([401, 403, 429, 502, 503, 504])(
    'should go to another one when the first says %d',
    async (status) => {
      const entries = entriesOf(await startServers({ status, body: '{"message":"no"}' }, PONG));
      const { client, told } = open(entries);
      expect(await ask(client, { affinityKey: keyFor('a', entries) })).toBe('b');
      expect(told()).toEqual([expect.stringMatching(/^a (?!accepted)\w+$/), 'b accepted again']);
    },
  );

  it('should go to another one when the first closes the connection before it has answered', async () => {
    const closed = Promise.reject(new Error('closed'));
    closed.catch(() => undefined);
    const answer = { delayHeaders: closed };
    const entries = entriesOf(await startServers(answer, PONG));
    const { client, told } = open(entries);
    expect(await ask(client, { affinityKey: keyFor('a', entries) })).toBe('b');
    expect(told()).toEqual(['a upstream_unreachable', 'b accepted again']);
  });

  it('should go to another one when nobody listens at the first', async () => {
    const servers = await startServers(PONG, PONG);
    const entries = entriesOf(servers);
    await servers[0]!.close();
    const { client, told } = open(entries);
    expect(await ask(client, { affinityKey: keyFor('a', entries) })).toBe('b');
    expect(told()).toEqual(['a upstream_unreachable', 'b accepted again']);
  });

  it.each([400, 404, 422, 500])('should be refused when the server says %d', async (status) => {
    const servers = await startServers({ status, body: '{"message":"The model is no model."}' }, PONG);
    const entries = entriesOf(servers);
    const { client } = open(entries);
    await expect(ask(client, { affinityKey: keyFor('a', entries) })).rejects.toMatchObject({
      upstreamStatus: status,
    });
    expect(servers[1]!.chats).toHaveLength(0);
  });

  it('should never be asked again once an answer has begun', async () => {
    const begun = chatFrames(['po'], { finish: null, usage: null, done: false });
    const servers = await startServers({ chunks: begun, end: 'reset' }, PONG);
    const entries = entriesOf(servers);
    const { client, registry } = open(entries);
    const affinityKey = keyFor('a', entries);
    await expect(ask(client, { affinityKey })).rejects.toMatchObject({ errorName: 'upstream_incomplete' });
    expect(servers[1]!.chats).toHaveLength(0);
    // Such answers count: after five of them the server gets no more.
    for (let index = 0; index < 4; index++) await expect(ask(client, { affinityKey })).rejects.toThrow();
    await until(() => !registry.first.isUp);
    expect(await ask(client, { affinityKey })).toBe('b');
  });

  it('should be asked twice at most', async () => {
    const entries = entriesOf(await startServers(OVERLOADED, OVERLOADED, OVERLOADED));
    const { client, told } = open(entries);
    await expect(ask(client)).rejects.toMatchObject({ errorName: 'upstream_overloaded' });
    expect(told()).toHaveLength(2);
  });

  it('should get the error itself when the budget for retries is spent', async () => {
    const entries = entriesOf(await startServers(BUSY, PONG));
    const { client, told } = open(entries);
    const affinityKey = keyFor('a', entries);
    const outcomes: string[] = [];
    for (let index = 0; index < 40; index++)
      outcomes.push(
        await ask(client, { affinityKey }).catch((error: unknown) => (error as Error).constructor.name),
      );
    expect(outcomes.slice(0, 10)).toEqual(Array<string>(10).fill('b'));
    expect(outcomes).toContain('UpstreamRefusal');
    expect(told().filter((attempt) => attempt.endsWith('again')).length).toBeLessThan(40);
  });

  it('should be given up with its client', async () => {
    const servers = await startServers({ delayHeaders: new Promise(() => undefined) }, PONG);
    const entries = entriesOf(servers);
    const { client, events, told } = open(entries);
    const reading = client.open(REQUEST, optionsOf({ affinityKey: keyFor('a', entries) })).subscribe();
    await servers[0]!.waitForChat();
    expect(events.states()).toMatchObject([
      { name: 'a', inFlight: 1 },
      { name: 'b', inFlight: 0 },
    ]);
    reading.unsubscribe();
    await servers[0]!.waitForAbort();
    expect(events.states()).toMatchObject([{ inFlight: 0 }, { inFlight: 0 }]);
    expect(told()).toEqual(['a aborted']);
  });

  it('should be refused when all have as many as they take', async () => {
    const held = { delayHeaders: new Promise(() => undefined) };
    const servers = await startServers(held, held);
    const { client } = open(entriesOf(servers).map((entry) => ({ ...entry, maxInFlight: 1 })));
    const reading = [0, 1].map(() => client.open(REQUEST, optionsOf()).subscribe());
    await Promise.all(servers.map((server) => server.waitForChat()));
    await expect(ask(client)).rejects.toMatchObject({
      status: 503,
      code: 'server_is_overloaded',
      retryAfter: 1,
    });
    for (const one of reading) one.unsubscribe();
  });

  it('should go only to servers that it may be answered by', async () => {
    const entries = entriesOf(await startServers(PONG, PONG, PONG));
    const { client } = open(entries);
    const affinityKey = keyFor('a', entries);
    expect(await ask(client, { affinityKey, upstreams: ['c'] })).toBe('c');
    expect(await ask(client, { affinityKey, upstreams: ['b', 'a'] })).toBe('a');
  });

  it("should go where fewer wait by the server's own count", async () => {
    const servers = await startServers(PONG, PONG);
    servers[0]!.reply({ body: 'lmdeploy:num_requests_waiting 3\n' }, '/metrics');
    const { client, registry } = open(entriesOf(servers));
    await until(() => registry.first.queued === 3);
    expect([await ask(client), await ask(client), await ask(client)]).toEqual(['b', 'b', 'b']);
  });
});

describe('a server that fails', () => {
  it('should get no requests for a while, then one, and all when that is answered', async () => {
    let answer: ScriptedAnswer = OVERLOADED;
    upstreams = await Promise.all([
      startFakeUpstream(({ path }) => (path === CHAT ? answer : undefined)),
      startFakeUpstream(({ path }) => (path === CHAT ? PONG : undefined)),
    ]);
    const entries = entriesOf(upstreams);
    const { client, lines, events } = open(entries);
    const ejections: string[] = [];
    events.ejections.subscribe(({ upstream, reason }) => ejections.push(`${upstream} ${reason}`));
    const affinityKey = keyFor('a', entries);
    for (let index = 0; index < 8; index++) expect(await ask(client, { affinityKey })).toBe('b');
    expect(upstreams[0]!.chats).toHaveLength(5);
    answer = PONG;
    await pause(1_050);
    expect(await ask(client, { affinityKey })).toBe('a');
    await until(() => lines.length === 2);
    expect(await ask(client, { affinityKey })).toBe('a');
    expect(ejections).toEqual(['a failures']);
    expect(lines).toEqual([
      'warn: model server a: gets no requests for now, its answers have failed',
      'info: model server a: gets requests again',
    ]);
  });

  it('should get no more requests when it does not take the key of the gateway', async () => {
    const servers = await startServers({ status: 401, body: '{"message":"wrong key"}' }, PONG);
    const entries = entriesOf(servers);
    const { client, registry } = open(entries);
    const affinityKey = keyFor('a', entries);
    for (let index = 0; index < 8; index++) expect(await ask(client, { affinityKey })).toBe('b');
    expect(servers[0]!.chats).toHaveLength(5);
    expect(registry.first.isUp).toBe(false);
  });

  it('should be judged by its last answers, also by those whose reader has left them early', async () => {
    const servers = await startServers(OVERLOADED, PONG);
    const entries = entriesOf(servers);
    const { client, registry } = open(entries);
    const affinityKey = keyFor('a', entries);
    for (let index = 0; index < 9; index++) {
      if (index === 4) servers[0]!.reply(PONG);
      await firstValueFrom(client.open(REQUEST, optionsOf({ affinityKey })));
    }
    expect(servers[0]!.chats).toHaveLength(9);
    expect(registry.first.isUp).toBe(true);
  });

  it('should be asked all the same when no other is better', async () => {
    const entries = entriesOf(await startServers(OVERLOADED, OVERLOADED));
    const { client, events } = open(entries);
    for (let index = 0; index < 8; index++) await ask(client).catch(() => undefined);
    expect(events.states()).toMatchObject([{ isUp: false }, { isUp: false }]);
    upstreams[0]!.reply(PONG);
    upstreams[1]!.reply(PONG);
    expect(['a', 'b']).toContain(await ask(client));
  });

  it('should be left by those who wait for it when it hangs', async () => {
    const forever = new Promise(() => undefined);
    let isHanging = false;
    const a = await startFakeUpstream(({ path }) =>
      isHanging || path === CHAT ? { delayHeaders: forever } : undefined,
    );
    upstreams = [a, await startFakeUpstream(({ path }) => (path === CHAT ? PONG : undefined))];
    const entries = entriesOf(upstreams);
    const { client, told } = open(entries, { UPSTREAM_PROBE_INTERVAL_MS: '50' });
    await until(() => a.requests.length > 0);
    const answer = ask(client, { affinityKey: keyFor('a', entries) });
    await a.waitForChat();
    isHanging = true;
    expect(await answer).toBe('b');
    await a.waitForAbort();
    expect(told()).toEqual(['a upstream_timeout', 'b accepted again']);
  });
});

describe('the models of several servers', () => {
  const listOf = (...ids: string[]): ScriptedAnswer => ({
    body: JSON.stringify({ object: 'list', data: ids.map((id) => ({ id })) }),
  });

  async function startListing(...lists: ScriptedAnswer[]): Promise<Entry[]> {
    upstreams = await Promise.all(
      lists.map((list) =>
        startFakeUpstream(({ path }) => (path === CHAT ? PONG : path === '/v1/models' ? list : undefined)),
      ),
    );
    return entriesOf(upstreams);
  }

  it('should be listed once each, in the order of the servers', async () => {
    const { client } = open(await startListing(listOf('x', 'y'), listOf('y', 'z')));
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['x', 'y', 'z']);
  });

  it('should be those of the others while one fails, and those it listed last', async () => {
    const { client } = open(await startListing(listOf('x'), listOf('y')));
    upstreams[0]!.reply(OVERLOADED, '/v1/models');
    upstreams[0]!.reply(OVERLOADED, '/v1/models');
    const first = (await client.listModels()).map(({ id }) => id);
    expect(['x,y', 'y']).toContain(first.join());
    await until(async () => (await client.listModels()).length === 2);
    await upstreams[0]!.close();
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['x', 'y']);
  });

  it('should be an error when all fail', async () => {
    const { client } = open(await startListing(OVERLOADED, OVERLOADED));
    await expect(client.listModels()).rejects.toMatchObject({ errorName: 'upstream_overloaded' });
  });

  it('should send a request to a server that has its model, if any says so', async () => {
    const entries = await startListing(listOf('x'), listOf('y'));
    const { client, registry } = open(entries);
    await until(() => registry.servers.every(({ hasListed }) => hasListed));
    const affinityKey = keyFor('a', entries);
    expect(await ask(client, { affinityKey }, { ...REQUEST, model: 'y' })).toBe('b');
    expect(await ask(client, { affinityKey }, { ...REQUEST, model: 'x' })).toBe('a');
    expect(await ask(client, { affinityKey }, { ...REQUEST, model: 'unknown' })).toBe('a');
  });

  it('should be known before a server gets requests that others can answer', async () => {
    let list!: () => void;
    const listed = new Promise<void>((resolve) => (list = resolve));
    const entries = await startListing(listOf('x'), { ...listOf('y'), delayHeaders: listed });
    const { client, change, registry } = open(entries.slice(0, 1));
    change(entries);
    const affinityKey = keyFor('b', entries);
    expect(await ask(client, { affinityKey }, { ...REQUEST, model: 'x' })).toBe('a');
    const starting = registry.onApplicationBootstrap();
    list();
    await starting;
    expect(await ask(client, { affinityKey: keyFor('a', entries) }, { ...REQUEST, model: 'y' })).toBe('b');
  });

  it('should not be waited for at the start for long', async () => {
    const hanging = { delayHeaders: new Promise(() => undefined) };
    const entries = await startListing(listOf('x'), hanging);
    const { client, registry } = open(entries);
    await registry.onApplicationBootstrap();
    const affinityKey = keyFor('b', entries);
    expect(await ask(client, { affinityKey }, { ...REQUEST, model: 'y' })).toBe('b');
  });

  it('should make it ready when one is', async () => {
    const { client } = open(await startListing(OVERLOADED, listOf('y')));
    expect(await client.isReady()).toBe(true);
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    expect(await client.isReady()).toBe(false);
  });
});

describe('the key of a server', () => {
  it('should go to no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-keys-'));
    const apiKeyFile = join(folder, 'key');
    writeFileSync(apiKeyFile, 'key-of-b\n');
    const servers = await startServers(PONG, PONG, PONG);
    const [a, b, c] = entriesOf(servers) as [Entry, Entry, Entry];
    const entries = [{ ...a, apiKey: 'key-of-a' }, { ...b, apiKeyFile }, c];
    const { client } = open(entries, { UPSTREAM_API_KEY: 'key-of-all', UPSTREAM_PROBE_INTERVAL_MS: '50' });
    for (let index = 0; index < 6; index++) await ask(client);
    await client.listModels();
    await client.isReady();
    await until(() => servers.every(({ requests }) => requests.some(({ path }) => path === '/health')));
    const keys = servers.map(({ requests }) => [
      ...new Set(requests.map(({ headers }) => headers.authorization)),
    ]);
    expect(keys).toEqual([['Bearer key-of-a'], ['Bearer key-of-b'], ['Bearer key-of-all']]);
    rmSync(folder, { recursive: true });
  });
});

describe('servers that come and go', () => {
  it('should end the answers they have begun, and keep the connections of those that stay', async () => {
    const held = new HeldStream();
    const servers = await startServers({ chunks: held.chunks() }, PONG, PONG);
    const [a, b, c] = entriesOf(servers) as [Entry, Entry, Entry];
    const { client, change, lines, registry } = open([a, b]);
    const stays = registry.servers[1];
    const texts: unknown[] = [];
    const answers = client.open(REQUEST, optionsOf({ affinityKey: keyFor('a', [a, b]) }));
    const reading = lastValueFrom(
      answers.pipe(
        switchMap(({ chunks }) => chunks),
        tap(({ choices }) => texts.push(choices?.[0]?.delta?.content)),
      ),
    );
    await until(() => texts.length > 0);
    change([{ ...b, weight: 2 }, c]);
    expect(registry.servers[0]).toBe(stays);
    expect(stays).toMatchObject({ weight: 2 });
    await until(() => registry.servers.every(({ isNew }) => !isNew));
    for (const name of ['b', 'c']) {
      expect(await ask(client, { affinityKey: keyFor(name, [{ ...b, weight: 2 }, c]) })).toBe(name);
    }
    held.release();
    await reading;
    expect(texts.join('')).toBe('pong');
    expect(lines).toEqual(['info: model server a: removed', 'info: model server c: added']);
  });

  it('should be closed when they have answered what they have begun', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const servers = await startServers({ ...PONG, delayHeaders: released }, PONG);
    const entries = entriesOf(servers);
    const { client, change, registry } = open(entries);
    const { client: removed } = registry.first;
    const answer = ask(client, { affinityKey: keyFor('a', entries) });
    await servers[0]!.waitForChat();
    change(entries.slice(1));
    expect(await removed.listModels()).toHaveLength(1);
    release();
    expect(await answer).toBe('a');
    await expect(removed.listModels()).rejects.toThrow();
  });

  it('should stay as they were when one cannot be opened', async () => {
    const entries = entriesOf(await startServers(PONG, PONG));
    const { client, change, lines, registry } = open(entries);
    const closing = jest.spyOn(HttpUpstreamClient.prototype, 'onApplicationShutdown');
    change([
      { ...entries[0]!, weight: 7 },
      { name: 'new', baseUrl: entries[1]!.baseUrl },
      { ...entries[1]!, apiKeyFile: '/nowhere/key' },
    ]);
    expect(client.name).toBe('a, b');
    expect(registry.first.weight).toBe(1);
    expect(lines).toEqual(['error: the model servers stay as they were']);
    // The one that was opened before.
    expect(closing).toHaveBeenCalledTimes(1);
    closing.mockRestore();
  });

  it('should be called as before when there is one only, and not be watched', async () => {
    const [server] = await startServers(PONG);
    const { client } = open([{ name: new URL(server!.url).host, baseUrl: server!.url }]);
    expect(await ask(client)).toBe(`${server!.url}/v1`);
    expect(client.name).toBe(`${server!.url}/v1`);
    expect(server!.requests).toHaveLength(1);
  });
});

describe('a request that is forwarded', () => {
  const FORWARDED = { path: '/chat/completions', model: 'test-model', headers: {}, body: Buffer.from('{}') };

  it('should go to another one for the same statuses, and count until its body is read', async () => {
    const entries = entriesOf(await startServers(OVERLOADED, PONG));
    const { client, events, told } = open(entries);
    const answer = await firstValueFrom(client.forward(FORWARDED, { affinityKey: keyFor('a', entries) }));
    expect(answer).toMatchObject({ upstream: 'b', status: 200 });
    expect(told()).toEqual(['a upstream_overloaded', 'b accepted again']);
    expect(events.states()).toMatchObject([{ inFlight: 0 }, { inFlight: 1 }]);
    answer.body.resume();
    await until(() => events.states()[1]?.inFlight === 0);
  });

  it('should be refused as the server has refused it when there is no other', async () => {
    const { client } = open(entriesOf(await startServers(OVERLOADED)));
    await expect(firstValueFrom(client.forward(FORWARDED, {}))).rejects.toMatchObject({
      upstreamStatus: 503,
    });
  });
});
