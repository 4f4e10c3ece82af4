import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module, Scope } from '@nestjs/common';
import { type Call, CallObserver, type RequestContext } from '../../src/index.js';
import { createTestApp } from '../support/create-test-app.js';
import { chatFrames, chatStream, completion } from '../support/fake-upstream.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { useGateway } from '../support/use-gateway.js';
import { SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'ping' };
let begun: string[] = [];
let ended: Call[] = [];

@Injectable()
class Witness extends CallObserver {
  override began({ id }: RequestContext): void {
    begun.push(id);
  }

  override ended(call: Call): void {
    ended.push(call);
  }
}

/** Stands in front of the other, which must hear all the same. */
@Injectable()
class Clumsy extends CallObserver {
  override began(): void {
    throw new Error('clumsy');
  }

  override ended(): void {
    throw new Error('clumsy');
  }
}

/** Under two tokens, and exported under none. */
@Module({ providers: [Clumsy, Witness, { provide: 'another name', useExisting: Witness }] })
class WitnessModule {}

const { upstream, gateway } = useGateway({
  each: true,
  extensions: [WitnessModule],
  environment: { DATABASE_URL: 'memory:' },
});

beforeEach(() => {
  begun = [];
  ended = [];
});

const url = (): string => `${gateway.url}/v1/responses`;

async function endedCalls(count: number): Promise<Call[]> {
  while (ended.length < count) await pause(5);
  // One too many would be there by now.
  await pause(20);
  expect(ended).toHaveLength(count);
  return ended;
}

describe('an observer of calls', () => {
  it('should see each once when it comes, and once when it is over', async () => {
    upstream.reply(completion({ content: 'pong' }));
    await postJson(url(), TURN, { 'x-request-id': 'whole' });
    upstream.reply(chatStream(['pong']));
    await postStream(url(), { ...TURN, stream: true }, { 'x-request-id': 'streamed' });
    const calls = await endedCalls(2);
    expect(begun).toEqual(['whole', 'streamed']);
    expect(calls.map(({ context }) => context.id)).toEqual(begun);
    for (const { durationMs, ...call } of calls) {
      expect(durationMs).toBeGreaterThan(0);
      expect(call).toMatchObject({
        method: 'POST',
        path: '/v1/responses',
        route: '/v1/responses',
        status: 200,
      });
      expect(call.context.report).toMatchObject({ outcome: 'completed', model: 'test-model' });
    }
  });

  it('should know the pattern of a route, and of none that there is none', async () => {
    await getJson(`${url()}/resp_unknown`);
    await getJson(`${gateway.url}/nowhere`);
    const calls = await endedCalls(2);
    expect(calls.map(({ route, status }) => [route, status])).toEqual([
      [expect.stringMatching(/^\/v1\/responses\/:\w+$/), 404],
      ['unmatched', 404],
    ]);
    expect(calls[0]?.path).toBe('/v1/responses/resp_unknown');
  });

  it('should be told of a client that has left', async () => {
    upstream.reply({ chunks: chatFrames(['po', 'ng']).slice(0, 2), end: 'hang' });
    const stream = await openStream(url(), { ...TURN, stream: true });
    await stream.next();
    stream.destroy();
    const [call] = await endedCalls(1);
    expect(call).toMatchObject({ status: 499, route: '/v1/responses' });
  });

  it('should see a turn of a WebSocket as a call', async () => {
    const socket = await SocketClient.open(gateway.url);
    upstream.reply(chatStream(['pong']));
    await socket.turn(TURN);
    await socket.close();
    const turns = (await endedCalls(ended.length || 1)).filter(({ method }) => method === 'POST');
    expect(turns).toHaveLength(1);
    expect(turns[0]?.context.report).toMatchObject({ transport: 'websocket', outcome: 'completed' });
  });

  it('should see a background response when it has ended, beside the request for it', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const { body } = await postJson(url(), { ...TURN, background: true }, { 'x-request-id': 'asked' });
    const { id } = body as { id: string };
    const calls = await endedCalls(2);
    expect(begun).toEqual(['asked']);
    const request = calls.find(({ method }) => method === 'POST');
    const job = calls.find(({ method }) => method === 'JOB');
    expect(request?.context.report.outcome).toBeUndefined();
    expect(job).toMatchObject({ route: 'background', path: `/v1/responses/${id}`, status: 200 });
    expect(job?.context).toMatchObject({
      id: 'asked',
      report: { outcome: 'completed', model: 'test-model' },
    });
  });

  it('should be told how a background response has failed', async () => {
    upstream.reply({ status: 500, body: '{"message":"broken"}' });
    await postJson(url(), { ...TURN, background: true });
    await endedCalls(2);
    const job = ended.find(({ method }) => method === 'JOB');
    expect(job).toMatchObject({ status: 502, context: { report: { outcome: 'failed' } } });
  });
});

describe('an observer that is made for each request anew', () => {
  it('should stop the start, since it would see nothing', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Fleeting extends CallObserver {
      override ended(): void {
        // Never called.
      }
    }
    @Module({ providers: [Fleeting] })
    class FleetingModule {}
    const start = createTestApp({
      extensions: [FleetingModule],
      environment: { UPSTREAM_BASE_URL: upstream.url },
    });
    await expect(start).rejects.toThrow('Fleeting is made for each request anew');
  });
});
