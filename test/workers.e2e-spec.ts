import { rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request as openRequest } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { expectEnvelope } from './support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from './support/fake-upstream.js';
import type { GatewayProcess } from './support/gateway-process.js';
import { getJson, type OpenStream, openStream, postJson } from './support/http-client.js';
import type { Json } from './support/json.js';
import { checkLifecycle } from './support/lifecycle-oracle.js';
import { useBuiltGateway } from './support/use-built-gateway.js';
import { SocketClient } from './support/ws-client.js';

const TURN = { model: 'test-model', input: 'q' };
const STREAM = { ...TURN, stream: true };
const LONG_GRACE = { SHUTDOWN_GRACE_MS: '60000' };

// Each test starts several processes of its own.
jest.setTimeout(60_000);

const built = useBuiltGateway();
let upstream: FakeUpstream;
let release: () => void;
let released: Promise<void>;

beforeEach(async () => {
  released = new Promise((resolve) => (release = resolve));
  upstream = await startFakeUpstream(({ path, body }) => {
    if (path !== '/v1/chat/completions') return undefined;
    return (body as Json).stream ? { chunks: heldStream() } : { body: completion({ content: 'pong' }) };
  });
});
afterEach(async () => {
  await upstream.close();
});

/** An answer whose second half comes once it is released. */
async function* heldStream(): AsyncGenerator<string> {
  yield* chatFrames(['po'], { finish: null, usage: null, done: false });
  await released;
  yield chatStream(['ng']);
}

function run(variables: Record<string, string> = {}): GatewayProcess {
  return built.run({ WORKERS: '2', UPSTREAM_BASE_URL: upstream.url, ...variables }, true);
}

const logged = (gateway: GatewayProcess, message: string | RegExp) =>
  gateway.logLines.filter(({ msg }) => new RegExp(message).test(String(msg)));
const servingPids = (gateway: GatewayProcess): Set<unknown> =>
  new Set(logged(gateway, '^request$').map(({ pid }) => pid));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** Streams that have begun; two one after the other go to different workers. */
async function beginStreams(url: string, count: number): Promise<OpenStream[]> {
  const streams: OpenStream[] = [];
  for (let index = 0; index < count; index++) {
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    while ((await stream.next())?.type !== 'response.output_text.delta');
    streams.push(stream);
  }
  return streams;
}

async function expectWhole(streams: OpenStream[]): Promise<void> {
  for (const stream of streams) {
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.done).toBe(true);
    expect(stream.seen.events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output_text: 'pong' },
    });
  }
}

/** A client that asks on and on over a connection that it keeps; what is told of each request: its status, or its failure. */
function keepAsking(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const outcomes: unknown[] = [];
  const connectionHeaders: unknown[] = [];
  const asked = new AbortController();
  const done = (async () => {
    while (!asked.signal.aborted) {
      try {
        const { status, headers } = await postOver(agent, `${url}/v1/responses`);
        outcomes.push(status);
        connectionHeaders.push(headers.connection);
      } catch (error) {
        outcomes.push(error);
      }
    }
    agent.destroy();
  })();
  const stop = (): Promise<void> => {
    asked.abort();
    return done;
  };
  return { outcomes, connectionHeaders, stop };
}

function postOver(agent: Agent, url: string): Promise<{ status?: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = openRequest(url, { method: 'POST', agent, headers }, (message) => {
      message.on('error', reject);
      message.resume().on('end', () => {
        resolve({ status: message.statusCode, headers: message.headers });
      });
    });
    request.on('error', reject);
    request.end(JSON.stringify(TURN));
  });
}

describe('several workers', () => {
  it('should share one port, and be told of once', async () => {
    const gateway = run();
    const url = await gateway.listening();
    expect(await gateway.childPids()).toHaveLength(2);
    expect(gateway.stdout).toMatch(new RegExp(`Workers +2; kill -HUP ${gateway.pid} `));
    while (servingPids(gateway).size < 2)
      expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
    expect([...servingPids(gateway)].sort()).toEqual((await gateway.childPids()).sort());
    expect(gateway.stdout.match(/Try it/g)).toHaveLength(1);
    expect(gateway.stderr).toBe('');
  });

  it('should open what any of them has sealed, and warn once that the key is lost with them', async () => {
    const gateway = run();
    const url = `${await gateway.listening()}/v1/responses`;
    upstream.reply(completion({ reasoning: 'First I add.', content: 'Four.' }));
    const { body } = await postJson(url, { ...TURN, include: ['reasoning.encrypted_content'] });
    const input = [...(body as { output: Json[] }).output, { role: 'user', content: 'and?' }];
    expect(input[0]).toHaveProperty('encrypted_content');
    const rest = new Set(await gateway.childPids());
    while (rest.size > 0) {
      expect((await postJson(url, { ...TURN, input })).status).toBe(200);
      const { messages } = upstream.chats.at(-1)!.body as { messages: Json[] };
      expect(messages[0]).toMatchObject({ reasoning_content: 'First I add.' });
      for (const pid of servingPids(gateway)) rest.delete(pid as number);
    }
    expect(logged(gateway, 'ENCRYPTION_KEY is not set')).toHaveLength(1);
  });

  it('should share one built-in simulator', async () => {
    // On a port of its own, which a second one could not have.
    const SIM_PORT = await freePort();
    const gateway = run({ UPSTREAM_BASE_URL: '', SIM_PORT });
    const url = await gateway.listening();
    expect(gateway.stdout).toMatch(/Upstream\s+built-in LMDeploy simulator/);
    while (servingPids(gateway).size < 2) {
      const answer = await postJson(`${url}/v1/responses`, {
        model: 'default',
        input: 'Reply exactly: pong',
      });
      expect(answer.body).toMatchObject({ output_text: 'pong' });
    }
    expect((await getJson(`http://127.0.0.1:${SIM_PORT}/health`)).status).toBe(200);
  });

  it('should be none when one is asked for', async () => {
    const gateway = run({ WORKERS: '1' });
    const url = await gateway.listening();
    expect(await gateway.childPids()).toEqual([]);
    expect(gateway.stdout).not.toContain('Workers');
    await postJson(`${url}/v1/responses`, TURN);
    await gateway.until(() => servingPids(gateway).size > 0);
    expect([...servingPids(gateway)]).toEqual([gateway.pid]);
  });
});

describe('a start that fails', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a wrong number of workers', { WORKERS: 'many' }, /^Invalid environment:\n {2}WORKERS=many: must be a/],
    ['a wrong port', { PORT: 'http' }, /^Invalid environment:\n {2}PORT=http: .+\n$/],
    ['a wrong wish for the simulator', { UPSTREAM_BASE_URL: '', SIM_SEED: 'x' }, /^SIM_SEED: .+\n$/],
    [
      'a key file that is not there',
      { API_KEYS_FILE: '/nowhere' },
      /^Invalid environment:\n {2}API_KEYS_FILE.+\n$/,
    ],
    ['a models file that is not there', { MODELS_FILE: '/nowhere' }, /^.*\/nowhere.*\n$/],
    [
      'no upstream in production',
      { UPSTREAM_BASE_URL: '', NODE_ENV: 'production' },
      /UPSTREAM_BASE_URL: must name/,
    ],
  ])('should end with one message for %s', async (_what, variables, message) => {
    const gateway = run(variables);
    await expect(gateway.exited).resolves.toBe(1);
    expect(gateway.stderr).toMatch(message);
    expect(gateway.stdout).not.toContain('Try it');
  });

  it('should end with one message when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const PORT = String((other.address() as AddressInfo).port);
    const gateway = run({ PORT });
    await expect(gateway.exited).resolves.toBe(1);
    await new Promise((resolve) => other.close(resolve));
    expect(gateway.stderr).toMatch(new RegExp(`^.*EADDRINUSE.*${PORT}\n$`));
  });
});

describe('the end', () => {
  it.each<[string, (gateway: GatewayProcess) => void]>([
    [
      'SIGTERM to the primary',
      (gateway) => {
        gateway.signal('SIGTERM');
      },
    ],
    [
      'Ctrl-C, which reaches all',
      (gateway) => {
        gateway.signalGroup('SIGINT');
      },
    ],
  ])('should let every running stream finish on %s', async (_how, stop) => {
    const gateway = run(LONG_GRACE);
    const url = await gateway.listening();
    const streams = await beginStreams(url, 4);
    stop(gateway);
    let refused = await postJson(`${url}/v1/responses`, TURN);
    while (refused.status === 200) refused = await postJson(`${url}/v1/responses`, TURN);
    expectEnvelope(refused, { status: 503, type: 'server_error', code: 'server_is_overloaded' });
    expect(gateway.isRunning).toBe(true);
    release();
    await expectWhole(streams);
    await expect(gateway.exited).resolves.toBe(0);
    expect(servingPids(gateway).size).toBe(2);
    expect(gateway.stderr).toBe('');
    expect(logged(gateway, 'died')).toEqual([]);
  });

  it('should not wait any longer after a second signal', async () => {
    const gateway = run(LONG_GRACE);
    const url = await gateway.listening();
    const streams = await beginStreams(url, 2);
    gateway.signal('SIGTERM');
    // At once it would be taken for the same one.
    const again = setInterval(() => {
      gateway.signal('SIGTERM');
    }, 300);
    await expect(gateway.exited).resolves.toBe(1);
    clearInterval(again);
    await Promise.all(streams.map(({ closed }) => closed));
    expect(gateway.stderr).toContain('without waiting');
  });

  it('should come for the workers when the primary is killed', async () => {
    const gateway = run();
    await gateway.listening();
    const workers = await gateway.childPids();
    gateway.signal('SIGKILL');
    await expect(gateway.exited).resolves.toBe('SIGKILL');
    expect(workers).toHaveLength(2);
    while (workers.some(isAlive)) await pause(5);
  });
});

describe('a worker that is killed', () => {
  it('should be replaced, and be logged once', async () => {
    const gateway = run();
    const url = await gateway.listening();
    const [victim = 0, survivor] = await gateway.childPids();
    process.kill(victim, 'SIGKILL');
    await gateway.until(() => logged(gateway, 'worker listens').length > 0);
    const workers = await gateway.childPids();
    expect(workers).toHaveLength(2);
    expect(workers).toContain(survivor);
    expect(workers).not.toContain(victim);
    expect(logged(gateway, 'died')).toEqual([
      expect.objectContaining({
        level: 50,
        worker_pid: victim,
        worker: expect.any(Number) as number,
        signal: 'SIGKILL',
      }),
    ]);
    while (servingPids(gateway).size < 2)
      expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
    expect([...servingPids(gateway)].sort()).toEqual(workers.sort());
  });
});

describe('a rolling restart', () => {
  const finished = (gateway: GatewayProcess) =>
    gateway.until(() => logged(gateway, 'all workers replaced').length > 0);

  it('should cut no stream and refuse no request', async () => {
    const gateway = run({ SHUTDOWN_GRACE_MS: '100' });
    const url = await gateway.listening();
    const before = await gateway.childPids();
    const streams = await beginStreams(url, 4);
    const clients = Array.from({ length: 4 }, () => keepAsking(url));
    const others: unknown[] = [];
    const over = new AbortController();
    const newcomers = (async () => {
      while (!over.signal.aborted) others.push((await postJson(`${url}/v1/responses`, TURN)).status);
    })();

    gateway.signal('SIGHUP');
    await finished(gateway);
    over.abort();
    await newcomers;
    await Promise.all(clients.map(({ stop }) => stop()));

    const outcomes = [...others, ...clients.flatMap((client) => client.outcomes)];
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([]);
    // Each of them was moved from one worker to another at least once.
    for (const { connectionHeaders } of clients) expect(connectionHeaders).toContain('close');

    // All streams are still running, in the old workers, although SHUTDOWN_GRACE_MS has passed for each.
    expect(before.every(isAlive)).toBe(true);
    const after = (await gateway.childPids()).filter((pid) => !before.includes(pid));
    expect(after).toHaveLength(2);
    release();
    await expectWhole(streams);
    while (before.some(isAlive)) await pause(5);
    expect((await gateway.childPids()).sort()).toEqual(after.sort());
    expect(logged(gateway, 'died')).toEqual([]);
    expect((await getJson(`${url}/health/ready`)).status).toBe(200);
    gateway.signal('SIGTERM');
    await expect(gateway.exited).resolves.toBe(0);
  });

  it('should let the running turn of a WebSocket finish, and then close it', async () => {
    const gateway = run({ SHUTDOWN_GRACE_MS: '100' });
    const url = await gateway.listening();
    const busy = await Promise.all([SocketClient.open(url), SocketClient.open(url)]);
    const idle = await SocketClient.open(url);
    for (const socket of busy) {
      socket.send({ input: 'q' });
      while ((await socket.next()).type !== 'response.output_text.delta');
    }
    gateway.signal('SIGHUP');
    await expect(idle.closed).resolves.toEqual({ code: 1001, reason: 'shutting down' });
    await finished(gateway);
    release();
    for (const socket of busy) {
      expect((await socket.answer()).response).toMatchObject({ status: 'completed', output_text: 'pong' });
      await expect(socket.closed).resolves.toEqual({ code: 1001, reason: 'shutting down' });
    }
  });

  it('should take over what was changed in .env, but listen where it did', async () => {
    const file = join(built.folder, '.env');
    writeFileSync(file, 'MODEL_ALIASES=before=test-model');
    const gateway = run();
    const url = await gateway.listening();
    const sentFor = async (model: string) => {
      await postJson(`${url}/v1/responses`, { ...TURN, model });
      return (upstream.chats.at(-1)!.body as Json).model;
    };
    expect([await sentFor('before'), await sentFor('after')]).toEqual(['test-model', 'after']);
    writeFileSync(file, 'MODEL_ALIASES=after=test-model\nPORT=1');
    gateway.signal('SIGHUP');
    await finished(gateway);
    rmSync(file);
    expect([await sentFor('before'), await sentFor('after')]).toEqual(['before', 'test-model']);
  });

  it('should go on with the old workers when new ones do not start', async () => {
    const file = join(built.folder, 'workers-models.yaml');
    writeFileSync(file, 'models: [{ id: test-model }]');
    const gateway = run({ MODELS_FILE: file });
    const url = await gateway.listening();
    const before = await gateway.childPids();
    writeFileSync(file, 'models: 7');
    gateway.signal('SIGHUP');
    await gateway.until(() => logged(gateway, 'a new one does not start').length > 0);
    expect((await gateway.childPids()).sort()).toEqual(before.sort());
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
    expect(gateway.stderr).toBe('');
  });
});
