import { setImmediate as turn } from 'node:timers/promises';
import { CHAT_PATH, startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { exchange, openStream, postJson, postStream } from './http-client.js';

const PING = 'event: error\ndata: {"type":"error"}\n\n';
const STREAM = `: hi\n\n${PING}${PING}data: [DONE]\n\n`;
const headers = { 'content-type': 'text/event-stream' };

let server: FakeUpstream;
let url: string;

beforeEach(async () => {
  server = await startFakeUpstream();
  url = server.url + CHAT_PATH;
});

afterEach(() => server.close());

describe('postJson', () => {
  it('should send strings and buffers as they are, and anything else as JSON', async () => {
    for (const body of ['{"a": 1}', Buffer.from('{"a": 1}'), { a: 1 }]) {
      server.reply('{}');
      expect(await postJson(url, body)).toMatchObject({ status: 200, body: {}, raw: '{}' });
    }
    expect(server.chats.map(({ raw }) => raw)).toEqual(['{"a": 1}', '{"a": 1}', '{"a":1}']);
    expect(server.chats[0]?.headers['content-type']).toBe('application/json');
  });

  it('should let the test override headers', async () => {
    server.reply('x');
    const answer = await postJson(url, 'x', { 'content-type': 'text/plain', 'x-a': 'b' });
    expect(answer.body).toBeUndefined();
    expect(server.chats[0]?.headers).toMatchObject({ 'content-type': 'text/plain', 'x-a': 'b' });
  });

  it('should use any method', async () => {
    server.reply('{}', '/v1/things');
    expect(await exchange('DELETE', `${server.url}/v1/things`, undefined)).toMatchObject({ status: 200 });
    expect(server.requests[0]?.method).toBe('DELETE');
  });
});

describe('postStream', () => {
  it('should read all events', async () => {
    server.reply({ headers, body: STREAM, split: 'bytes' });
    expect(await postStream(url, {})).toMatchObject({
      status: 200,
      raw: STREAM,
      done: true,
      comments: ['hi'],
      events: [{ type: 'error' }, { type: 'error' }],
    });
  });

  it('should have a body and no events where the answer is no event stream', async () => {
    server.reply({ status: 400, body: '{"error":{}}' });
    expect(await postStream(url, {})).toMatchObject({
      status: 400,
      body: { error: {} },
      events: [],
      done: false,
    });
  });

  it('should reject a stream that breaks the wire contract or is cut', async () => {
    server.reply({ headers, body: 'data: {}\n\n' });
    await expect(postStream(url, {})).rejects.toThrow(/SSE contract broken/);
    server.reply({ headers, body: PING, end: 'destroy' });
    await expect(postStream(url, {})).rejects.toThrow(/aborted/);
  });
});

describe('openStream', () => {
  it('should give events one by one and then undefined', async () => {
    server.reply({ headers, body: STREAM });
    const stream = await openStream(url, {});
    expect(await stream.next()).toEqual({ type: 'error' });
    expect(await stream.rest()).toEqual([{ type: 'error' }]);
    expect(await stream.next()).toBeUndefined();
    expect(stream.seen).toMatchObject({ done: true, comments: ['hi'] });
    await stream.closed;
  });

  it('should reject where the connection is cut', async () => {
    server.reply({ headers, body: PING, end: 'destroy' });
    const stream = await openStream(url, {});
    await expect(stream.rest()).rejects.toThrow(/aborted/);
  });

  it('should not read what the test does not ask for', async () => {
    const comment = `: ${'x'.repeat(2 ** 20)}\n\n`;
    server.reply({ headers, chunks: Array<string>(64).fill(comment) });
    const stream = await openStream(url, {});
    const written = () => server.chats[0]!.written;
    // Writing has come to rest once many turns of the event loop bring no more.
    const counts: number[] = [];
    while (counts.length < 50 || counts.at(-1) !== counts.at(-50)) {
      counts.push(written());
      await turn();
    }
    expect(written()).toBeLessThan(32 * 2 ** 20);
    stream.destroy();
    await server.waitForAbort();
  });
});
