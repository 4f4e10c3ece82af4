import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { InFlightLimiter } from '../../src/request/in-flight.limiter.js';
import { chatFrames, chatStream } from '../support/fake-upstream.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';
import { SocketClient } from '../support/ws-client.js';

const MEBIBYTE = 1_048_576;
const begun = chatFrames(['pon'], { finish: null, usage: null, done: false });

let client: SocketClient;

// Before the gateway is closed.
afterEach(() => {
  client.socket.terminate();
});
const { upstream, gateway } = useGateway({ answer: () => ({ body: chatStream(['fine']) }), each: true });
beforeEach(async () => {
  client = await SocketClient.open(gateway.url);
});

const create = (input: string): string =>
  JSON.stringify({ type: 'response.create', model: 'test-model', input });

/** Starts a turn that goes on until the model server is told to end it. */
async function beginTurn(): Promise<{ id: string; end: () => void }> {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  async function* chunks(): AsyncGenerator<string> {
    yield* begun;
    await ended;
    yield* chatFrames(['g']);
  }
  upstream.reply({ chunks: chunks(), headers: { 'content-type': 'text/event-stream' } });
  client.send({ input: 'Hi' });
  let id = '';
  for (
    let frame = await client.next();
    frame.type !== 'response.output_text.delta';
    frame = await client.next()
  ) {
    if (frame.type === 'response.created') id = (frame.response as { id: string }).id;
  }
  return { id, end };
}

describe('what waits on a WebSocket', () => {
  it('should be 4 MiB at most in all frames together; what is more is refused at once', async () => {
    const { end } = await beginTurn();
    const third = create('x'.repeat(1.3 * MEBIBYTE));
    for (let count = 0; count < 3; count++) client.send(third);
    client.send(create('x'.repeat(130_000)));
    expect(await client.next()).toMatchObject({ type: 'error', error: { code: 'rate_limit_exceeded' } });
    end();
    let completed = 0;
    while (completed < 4) if ((await client.next()).type === 'response.completed') completed++;
    expect(upstream.chats).toHaveLength(4);
  });

  it('should be taken beyond that when nothing is running', async () => {
    client.send(create('x'.repeat(10 * MEBIBYTE)));
    const { events } = await client.answer();
    checkLifecycle(events);
    expect(upstream.chats[0]?.raw.length).toBeGreaterThan(10 * MEBIBYTE);
  });

  it.each<[string, (socket: WebSocket) => void]>([
    [
      'one frame',
      (socket) => {
        socket.send(create('x'.repeat(12 * MEBIBYTE)));
      },
    ],
    [
      'fragments that never end',
      (socket) => {
        for (let count = 0; count < 100; count++) socket.send('x'.repeat(100_000), { fin: false });
      },
    ],
  ])('should close the connection when it could neither run nor wait: %s', async (_what, send) => {
    await beginTurn();
    const closed = client.closed;
    send(client.socket);
    await expect(closed).resolves.toMatchObject({ code: 1009 });
    await upstream.waitForAbort();
  });

  it('should be few frames, however small', async () => {
    const { end } = await beginTurn();
    for (let count = 0; count < 40; count++) client.send('{}');
    for (let count = 0; count < 24; count++) {
      expect(await client.next()).toMatchObject({ type: 'error', error: { code: 'rate_limit_exceeded' } });
    }
    end();
  });

  it.each<[string, (socket: WebSocket) => void]>([
    [
      'frames',
      (socket) => {
        socket.send('{}');
      },
    ],
    [
      'pings',
      (socket) => {
        socket.ping('x'.repeat(125));
      },
    ],
  ])('should end a client that sends %s and reads nothing', async (_what, send) => {
    upstream.reply({ chunks: begun, end: 'hang' });
    client.send({ input: 'Hi' });
    await upstream.waitForChat();
    client.socket.pause();
    const limiter = gateway.app.get(InFlightLimiter, { strict: false });
    while (limiter.size > 0) {
      for (let count = 0; count < 5_000; count++) send(client.socket);
      await pause(5);
    }
    await upstream.waitForAbort();
    expect(limiter.size).toBe(0);
  });
});

describe('response.steer', () => {
  const steer = (previousId: unknown, input: unknown = 'Faster') =>
    JSON.stringify({ type: 'response.steer', previous_response_id: previousId, input });

  it('should be refused at once, beside the running turn, and leave that alone', async () => {
    const { id, end } = await beginTurn();
    client.send(steer(id));
    expect(await client.next()).toEqual({
      type: 'response.steer.failed',
      sequence_number: 0,
      error: {
        type: 'invalid_request_error',
        code: 'steering_not_supported',
        message: expect.any(String) as string,
      },
      steer: { previous_response_id: id, input: 'Faster' },
    });
    client.send(steer('resp_unknown', [{ role: 'user', content: 'Hi' }]));
    expect(await client.next()).toMatchObject({
      sequence_number: 1,
      error: { code: 'response_not_found' },
      steer: { input: [{ role: 'user', content: 'Hi' }] },
    });
    end();
    const { events, response } = await client.answer();
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(events.some(({ type }) => type === 'error')).toBe(false);
    client.send(steer(response.id));
    expect(await client.next()).toMatchObject({ error: { code: 'response_already_completed' } });
  });

  it.each([
    [undefined, 'Hi'],
    ['', 'Hi'],
    [1, 'Hi'],
    ['resp_1', ''],
    ['resp_1', []],
    ['resp_1', null],
  ])('should be refused for its fields: %j, %j', async (previousId, input) => {
    client.send(steer(previousId, input));
    expect(await client.next()).toMatchObject({
      type: 'response.steer.failed',
      error: { code: 'invalid_input' },
    });
  });

  it('should not be seen in what is only said', async () => {
    const { events } = await client.turn({ input: 'What is "response.steer"?' });
    checkLifecycle(events);
    const { error } = await client.turn('{"type":"response.steer"');
    expect(error).toMatchObject({ error: { code: 'invalid_json' } });
    const nested = `{"type":"response.steer","previous_response_id":"a","input":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect((await client.turn(nested)).error).toMatchObject({ status: 400 });
  });
});
