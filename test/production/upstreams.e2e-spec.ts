import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import { UpstreamEvents } from '../../src/upstreams/upstream-events.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import { openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { ModelProcess } from '../support/model-process.js';
import { until } from '../support/until.js';

const REQUESTS = 1_000;
const AT_ONCE = 20;
const TURNS = 8;
/** Requests at the same time: enough that a quarter more than the mean of three servers is a whole number. */
const CROWD = 60;

// Three servers, a gateway and a thousand requests for each fault, on whatever machine there is.
jest.setTimeout(600_000);

let servers: ModelProcess[];
let gateway: TestApp;
let attempts: number;

async function startServers(): Promise<void> {
  servers = [new ModelProcess(), new ModelProcess(), new ModelProcess()];
  await Promise.all(servers.map((server) => server.start()));
  gateway = await createTestApp({
    environment: {
      UPSTREAM_BASE_URL: servers.map(({ url }) => url).join(','),
      UPSTREAM_PROBE_INTERVAL_MS: '1000',
      // An answer that hangs once it has begun is waited for that long.
      UPSTREAM_IDLE_TIMEOUT_MS: '5000',
    },
  });
  attempts = 0;
  gateway.app.get(UpstreamEvents).attempts.subscribe(() => (attempts += 1));
}

async function stopServers(): Promise<void> {
  await gateway.close();
  await Promise.all(servers.map((server) => server.kill()));
}

type Outcome = 'answered' | 'refused' | 'cut';
let asked = 0;

/** One turn of a conversation, as a client that resends its history: every second one streamed. @returns `cut`: it broke off after it had begun */
async function ask(conversation: string): Promise<Outcome> {
  asked += 1;
  const question = `${conversation} ${asked}`;
  const input = [
    { role: 'user', content: conversation },
    { role: 'assistant', content: 'Yes?' },
    { role: 'user', content: question },
  ];
  const url = `${gateway.url}/v1/responses`;
  if (asked % 2 === 0) {
    const { status, body } = await postJson(url, { model: 'test-model', input });
    if (status !== 200) return 'refused';
    expect(body).toMatchObject({ output_text: question });
    return 'answered';
  }
  const { status, events } = await postStream(url, { model: 'test-model', input, stream: true });
  if (status !== 200) return 'refused';
  checkLifecycle(events);
  const last = events.at(-1);
  if (last?.type === 'response.completed') {
    expect(last.response).toMatchObject({ output_text: question });
    return 'answered';
  }
  return events.some(({ type }) => type === 'response.output_text.delta') ? 'cut' : 'refused';
}

/** Conversations side by side, each of them turn by turn. @param halfway called when half of the requests have been made */
async function load(count: number, halfway = (): void => undefined): Promise<Record<Outcome, number>> {
  const outcomes = { answered: 0, refused: 0, cut: 0 };
  let made = 0;
  const converse = async (): Promise<void> => {
    while (made < count) {
      const conversation = `Conversation ${Math.random()}`;
      for (let turn = 0; turn < TURNS && made < count; turn++) {
        made += 1;
        if (made === Math.floor(count / 4)) halfway();
        outcomes[await ask(conversation)] += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, converse));
  return outcomes;
}

/** Questions that were generated an answer to more than once, by whichever server. */
function generatedTwice(): string[] {
  const all = servers.flatMap(({ generated }) => generated);
  return all.filter((question, index) => all.indexOf(question) !== index);
}

/** @returns seconds until it has generated something */
async function secondsUntilBusy(server: ModelProcess): Promise<number> {
  const since = performance.now();
  const before = server.generated.length;
  let isBusy = false;
  const more = async (): Promise<void> => {
    while (!isBusy) await ask(`Conversation ${Math.random()}`);
  };
  const asking = Array.from({ length: 4 }, more);
  await until(() => server.generated.length > before);
  const seconds = (performance.now() - since) / 1_000;
  isBusy = true;
  await Promise.all(asking);
  return seconds;
}

describe('a gateway in front of three model servers', () => {
  beforeEach(startServers);
  afterEach(stopServers);

  it('should keep the turns of a conversation on one server', async () => {
    const outcomes = await load(REQUESTS);
    expect(outcomes).toEqual({ answered: REQUESTS, refused: 0, cut: 0 });
    const turns = new Map<string, number[]>();
    for (const [index, { generated }] of servers.entries()) {
      for (const question of generated) {
        const conversation = question.split(' ').slice(0, 2).join(' ');
        const counts = turns.get(conversation) ?? [0, 0, 0];
        counts[index]! += 1;
        turns.set(conversation, counts);
      }
    }
    const together = [...turns.values()].reduce((sum, counts) => sum + Math.max(...counts), 0);
    const shares = servers.map(({ generated }) => (generated.length / REQUESTS).toFixed(2)).join(', ');
    printFigure(
      'turns of a conversation on one of three servers',
      `${((100 * together) / REQUESTS).toFixed(1)} %, shares ${shares}, ${attempts / REQUESTS} attempts a request`,
      '90 %',
    );
    expect(together / REQUESTS).toBeGreaterThanOrEqual(0.9);
    expect(generatedTwice()).toEqual([]);
  });

  it.each<[string, (server: ModelProcess) => unknown, (server: ModelProcess) => unknown]>([
    ['dead (SIGKILL)', (server) => server.kill(), (server) => server.start()],
    [
      'hanging (SIGSTOP)',
      (server) => {
        server.signal('SIGSTOP');
      },
      (server) => {
        server.signal('SIGCONT');
      },
    ],
    [
      'failing (503)',
      (server) => {
        server.fail(true);
      },
      (server) => {
        server.fail(false);
      },
    ],
  ])('should answer while one is %s', async (what, breakIt, mendIt) => {
    const [server] = servers;
    const { answered, refused, cut } = await load(REQUESTS, () => breakIt(server!));
    const perRequest = attempts / REQUESTS;
    await mendIt(server!);
    const seconds = await secondsUntilBusy(server!);
    const twice = generatedTwice();
    printFigure(
      `requests with one of three servers ${what}`,
      `${answered} of ${REQUESTS} answered, ${refused} refused, ${cut} cut in mid-answer`,
      '99.9 % of those that were not cut',
    );
    printFigure(`attempts a request, ${what}`, perRequest.toFixed(3), '1.1');
    printFigure(`generated twice, ${what}`, String(twice.length), '0');
    printFigure(`first request after it is back, ${what}`, `${seconds.toFixed(1)} s`, '5 s');
    // An answer that has begun is never asked for again: those that a server takes with it when it dies are lost.
    expect(cut).toBeLessThanOrEqual(AT_ONCE);
    expect(answered / (REQUESTS - cut)).toBeGreaterThanOrEqual(0.999);
    expect(perRequest).toBeLessThanOrEqual(1.1);
    expect(twice).toEqual([]);
    // 20 times the bar: a machine that has much else to do.
    expect(seconds).toBeLessThan(100);
  });
});

describe('a gateway with many requests of one beginning', () => {
  let upstreams: FakeUpstream[];

  beforeEach(async () => {
    let come = 0;
    let letGo: () => void;
    const allHaveCome = new Promise<void>((resolve) => (letGo = resolve));
    upstreams = await Promise.all(
      [0, 1, 2].map(() =>
        startFakeUpstream(async ({ path }) => {
          if (path !== '/v1/chat/completions') return undefined;
          come += 1;
          if (come === CROWD) letGo();
          await allHaveCome;
          return { body: completion({ content: 'pong' }) };
        }),
      ),
    );
    gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstreams.map(({ url }) => url).join(',') },
    });
  });
  afterEach(async () => {
    await gateway.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });

  it('should not leave them to the one server that has it in its cache', async () => {
    const turn = { model: 'test-model', input: 'ping', prompt_cache_key: 'everybody' };
    const answers = await Promise.all(
      Array.from({ length: CROWD }, () => postJson(`${gateway.url}/v1/responses`, turn)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const most = Math.max(...upstreams.map(({ chats }) => chats.length)) / (CROWD / upstreams.length);
    printFigure('most that one of three servers has of the requests, to the mean', most.toFixed(2), '1.25');
    expect(most).toBeLessThanOrEqual(1.25);
    // The key does matter: without it each had as many.
    expect(most).toBeGreaterThan(1);
  });
});

describe('a gateway whose file changes', () => {
  let folder: string;
  let path: string;
  let upstreams: FakeUpstream[];
  let release: () => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-upstreams-'));
    path = join(folder, 'gateway.yaml');
    const released = new Promise<void>((resolve) => (release = resolve));
    async function* held(): AsyncGenerator<string> {
      yield* chatFrames(['po'], { finish: null, usage: null, done: false });
      await released;
      yield chatStream(['ng']);
    }
    upstreams = await Promise.all(
      [0, 1].map(() =>
        startFakeUpstream(({ path: asked, body }) => {
          if (asked !== '/v1/chat/completions') return undefined;
          const { stream } = body as { stream?: boolean };
          return stream ? { chunks: held() } : { body: completion({ content: 'pong' }) };
        }),
      ),
    );
    writeServers(0);
    gateway = await createTestApp({ environment: { CONFIG_FILE: path } });
  });
  afterEach(async () => {
    release();
    await gateway.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    rmSync(folder, { recursive: true });
  });

  function writeServers(...numbers: number[]): void {
    const lines = numbers.map(
      (number) => `  - { name: gpu-${number}, baseUrl: '${upstreams[number]!.url}', apiKey: key-${number} }`,
    );
    writeFileSync(path, `upstreams:\n${lines.join('\n')}\n`);
  }

  it('should send requests to the new server, and end what the removed one has begun', async () => {
    const turn = { model: 'test-model', input: 'ping' };
    const stream = await openStream(`${gateway.url}/v1/responses`, { ...turn, stream: true });
    while ((await stream.next())?.type !== 'response.output_text.delta');
    writeServers(1);
    gateway.app.get(WatchedFiles).reload();
    const { status } = await postJson(`${gateway.url}/v1/responses`, turn);
    expect(status).toBe(200);
    expect(upstreams.map(({ chats }) => chats.length)).toEqual([1, 1]);
    release();
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
    const keys = upstreams.map(({ requests }) => requests.map(({ headers }) => headers.authorization));
    expect(keys.map((given) => [...new Set(given)])).toEqual([['Bearer key-0'], ['Bearer key-1']]);
  });
});
