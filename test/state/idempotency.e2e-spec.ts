import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { chatFrames, chatStream, completion } from '../support/fake-upstream.js';
import { openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const TURN = { model: 'test-model', input: 'ping' };
const STREAM = { ...TURN, stream: true };

let keys = 0;
const nextKey = (): Record<string, string> => ({ 'idempotency-key': `key ${keys++}` });

describe.each(['none', 'memory:'])('an Idempotency-Key with DATABASE_URL=%s', (database) => {
  const { upstream, gateway } = useGateway({ environment: { DATABASE_URL: database } });
  const url = (): string => `${gateway.url}/v1/responses`;
  const asked = (): number => upstream.chats.length;

  it('should have a response given once more', async () => {
    const key = nextKey();
    upstream.reply(completion({ content: 'pong' }));
    const before = asked();
    const first = await postJson(url(), TURN, key);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const second = await postJson(url(), TURN, key);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(asked()).toBe(before + 1);
  });

  it('should have a stream given once more as a stream', async () => {
    const key = nextKey();
    upstream.reply(chatStream(['po', 'ng']));
    const first = await postStream(url(), STREAM, key);
    const second = await postStream(url(), STREAM, key);
    checkLifecycle(second.events);
    expect(second.events).toEqual(first.events);
  });

  it('should have a stream padded once more that was padded', async () => {
    const key = nextKey();
    upstream.reply(chatStream(['po', 'ng']));
    const padded = { ...STREAM, stream_options: { include_obfuscation: true } };
    await postStream(url(), padded, key);
    const { raw } = await postStream(url(), padded, key);
    expect(raw).toContain('"obfuscation":');
  });

  it('should be in use while it is answered, and have the answer finished when its client has left', async () => {
    const key = nextKey();
    let go!: () => void;
    const gone = new Promise<void>((resolve) => (go = resolve));
    const [begin, ...rest] = chatFrames(['po', 'ng']);
    async function* chunks(): AsyncGenerator<string> {
      yield begin!;
      await gone;
      yield* rest;
    }
    upstream.reply({ chunks: chunks() });
    const before = asked();
    const stream = await openStream(url(), STREAM, key);
    await stream.next();
    const busy = await postStream(url(), STREAM, key);
    expect(busy).toMatchObject({ status: 409, body: { error: { code: 'idempotency_key_in_use' } } });
    expect(busy.headers['retry-after']).toBeDefined();
    stream.destroy();
    go();
    let replayed = await postStream(url(), STREAM, key);
    while (replayed.status === 409) replayed = await postStream(url(), STREAM, key);
    checkLifecycle(replayed.events);
    expect((replayed.events.at(-1) as { response: ResponseObject }).response.output_text).toBe('pong');
    expect(asked()).toBe(before + 1);
  });

  it('should be refused with another body', async () => {
    const key = nextKey();
    upstream.reply(completion({ content: 'pong' }));
    await postJson(url(), TURN, key);
    const other = await postJson(url(), { ...TURN, input: 'other' }, key);
    expect(other).toMatchObject({ status: 422, body: { error: { code: 'idempotency_key_reused' } } });
  });

  it.each([
    ['that is wrong', { ...TURN, input: [{ role: 'oracle' }] }, undefined, 400],
    ['that the model server refuses', TURN, { status: 500, body: '{}' }, 502],
  ])('should be free again after a request %s', async (_what, body, answer, status) => {
    const key = nextKey();
    if (answer) upstream.reply(answer);
    expect((await postJson(url(), body, key)).status).toBe(status);
    upstream.reply(completion({ content: 'pong' }));
    const next = await postJson(url(), TURN, key);
    // Of another body too: nothing came of the first.
    expect(next.status).toBe(200);
  });

  it('should be free again after a stream that has failed', async () => {
    const key = nextKey();
    const begun = chatFrames(['po'], { finish: null, usage: null, done: false }).join('');
    upstream.reply({ body: begun, end: 'destroy' });
    const failed = await postStream(url(), STREAM, key);
    expect(failed.events.at(-1)?.type).toBe('response.failed');
    upstream.reply(chatStream(['pong']));
    let next = await postStream(url(), STREAM, key);
    while (next.status === 409) next = await postStream(url(), STREAM, key);
    expect(next.events.at(-1)?.type).toBe('response.completed');
  });

  it.each(['x'.repeat(256), 'ü'])('should be refused where it is no key: %s', async (key) => {
    const answer = await postJson(url(), TURN, { 'idempotency-key': Buffer.from(key).toString('latin1') });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'idempotency-key' } } });
  });
});

describe('keys of two callers', () => {
  const { upstream, gateway } = useGateway({ environment: { DATABASE_URL: 'memory:', API_KEYS: 'one,two' } });

  it('should be strangers', async () => {
    const key = nextKey();
    for (const caller of ['one', 'two']) {
      upstream.reply(completion({ content: caller }));
      const headers = { ...key, authorization: `Bearer ${caller}` };
      const { body } = await postJson(`${gateway.url}/v1/responses`, TURN, headers);
      expect(body).toMatchObject({ output_text: caller });
    }
  });
});

describe('a background response with a key', () => {
  const { upstream, gateway } = useGateway({ environment: { DATABASE_URL: 'memory:' } });

  it.each([false, true])('should be begun once, with stream: %s', async (stream) => {
    const key = nextKey();
    upstream.reply(stream ? chatStream(['pong']) : completion({ content: 'pong' }));
    const before = upstream.chats.length;
    const body = { ...TURN, stream, background: true };
    const ids = [];
    for (const _ of [1, 2]) {
      const answer = await postStream(`${gateway.url}/v1/responses`, body, key);
      ids.push(/resp_\w+/.exec(answer.raw)?.[0]);
    }
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toBe(ids[0]);
    await upstream.waitForChat(before + 1);
    expect(upstream.chats).toHaveLength(before + 1);
  });
});
