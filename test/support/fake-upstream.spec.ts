import {
  chatStream,
  CHAT_PATH,
  completion,
  errorBody,
  finish,
  loadRecordings,
  rawText,
  reasoningDelta,
  replay,
  splitBytes,
  startFakeUpstream,
  streamError,
  textDelta,
  toolArguments,
  toolCallStart,
  usage,
  usageOf,
  type FakeUpstream,
} from './fake-upstream.js';
import { getJson, openStream, postJson } from './http-client.js';

let upstream: FakeUpstream;
let chatUrl: string;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  chatUrl = upstream.url + CHAT_PATH;
});

afterEach(() => upstream.close());

describe('startFakeUpstream', () => {
  it('should list one model and be healthy without a script', async () => {
    const models = await getJson(`${upstream.url}/v1/models`);
    expect(models).toMatchObject({ status: 200, body: { object: 'list', data: [{ id: 'test-model' }] } });
    expect(await getJson(`${upstream.url}/health`)).toMatchObject({ status: 200 });
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models',
      'GET /health',
    ]);
    expect(upstream.chats).toEqual([]);
  });

  it('should answer 500 where no answer is scripted', async () => {
    const answer = await postJson(chatUrl, {});
    expect(answer.status).toBe(500);
    expect(answer.raw).toContain('No scripted answer for POST /v1/chat/completions');
  });

  it('should give queued answers in order, then ask the handler', async () => {
    await upstream.close();
    upstream = await startFakeUpstream((request) => ({ body: request.raw.toUpperCase() }));
    upstream.reply('first');
    upstream.reply({
      status: 503,
      headers: { 'retry-after': '3' },
      body: errorBody(503, 'server_error', 'asleep'),
    });
    chatUrl = upstream.url + CHAT_PATH;
    expect(await postJson(chatUrl, {})).toMatchObject({ status: 200, raw: 'first' });
    expect(await postJson(chatUrl, {})).toMatchObject({
      status: 503,
      headers: { 'retry-after': '3', 'content-type': 'application/json' },
      body: { message: 'asleep', type: 'server_error', code: 503, param: null, object: 'error' },
    });
    expect((await postJson(chatUrl, { a: 'b' })).raw).toBe('{"A":"B"}');
  });

  it('should record method, path, headers and body, also of broken JSON', async () => {
    await postJson(chatUrl, { model: 'm' }, { authorization: 'Bearer k' });
    await postJson(chatUrl, '{bad');
    expect(upstream.chats[0]).toMatchObject({
      method: 'POST',
      body: { model: 'm' },
      headers: { authorization: 'Bearer k' },
    });
    expect(upstream.chats[1]).toMatchObject({ body: undefined, raw: '{bad' });
  });

  it.each(['whole', 'bytes', [3, 40, 7], { seed: 7 }] as const)(
    'should give the exact bytes split as %j',
    async (split) => {
      const body = chatStream(['Grüße ', '🎉']);
      upstream.reply({ body, split });
      const answer = await postJson(chatUrl, {});
      expect(answer.raw).toBe(body);
      expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(upstream.chats[0]?.written).toBe(Buffer.byteLength(body));
    },
  );

  it('should write chunks from an async generator', async () => {
    async function* chunks() {
      yield 'a';
      await Promise.resolve();
      yield Buffer.from('b');
    }
    upstream.reply({ chunks: chunks() });
    expect((await postJson(chatUrl, {})).raw).toBe('ab');
  });

  it.each(['destroy', 'reset'] as const)(
    'should cut the connection with end %s and not count it as an abort',
    async (end) => {
      upstream.reply({ body: ': half', end });
      await expect(postJson(chatUrl, {})).rejects.toThrow(/aborted|ECONNRESET/);
      expect(upstream.aborted).toBe(0);
    },
  );

  it('should count and announce an abort while the answer hangs', async () => {
    upstream.reply({
      body: 'event: error\ndata: {"type":"error"}\n\n',
      headers: { 'content-type': 'text/event-stream' },
      end: 'hang',
    });
    const stream = await openStream(chatUrl, {});
    expect(await stream.next()).toEqual({ type: 'error' });
    expect(upstream.aborted).toBe(0);
    stream.destroy();
    await Promise.all([stream.closed, upstream.waitForAbort()]);
    expect(upstream.aborted).toBe(1);
  });

  it('should tell the script of the request that it answers', async () => {
    const seen: unknown[] = [];
    upstream.reply({ body: '{}', onRequest: (request) => seen.push(request.body) });
    await postJson(chatUrl, { n: 1 });
    expect(seen).toEqual([{ n: 1 }]);
  });

  it('should notice a client that leaves before the headers', async () => {
    upstream.reply({ delayHeaders: new Promise(() => undefined) });
    const leave = new AbortController();
    const answer = fetch(chatUrl, { method: 'POST', body: '{}', signal: leave.signal }).catch(() => 'left');
    await upstream.waitForChat();
    leave.abort();
    await upstream.waitForAbort();
    expect(await answer).toBe('left');
  });

  it('should hold the headers back until told', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const delayHeaders = new Promise<void>((resolve) => (release = resolve));
    upstream.reply({ body: '{}', delayHeaders });
    const answer = postJson(chatUrl, {}).then(() => order.push('answer'));
    await upstream.waitForChat();
    order.push('release');
    release();
    await answer;
    expect(order).toEqual(['release', 'answer']);
  });

  it('should reject who still waits for an abort when it closes', async () => {
    const outcome = upstream.waitForAbort().catch((error: unknown) => String(error));
    await upstream.close();
    expect(await outcome).toMatch(/closed while a test waited/);
  });
});

describe('LMDeploy-shaped answers', () => {
  it('should build the deltas as LMDeploy spaces and orders them', () => {
    const stream = chatStream(
      [
        reasoningDelta('hm'),
        textDelta('a'),
        toolCallStart(0, 'call-1', 'search'),
        toolArguments(0, '{}'),
        finish('tool_calls'),
      ],
      { model: 'm', id: 'c', created: 1, usage: usageOf(1, 2, { cached: 1, reasoning: 1 }) },
    );
    const head = '"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"';
    const line = (delta: string, end = '') =>
      `data: {${head}, "choices": [{"index": 0, "delta": {"role": "assistant", ${delta}}${end}}], "usage": null}\n\n`;
    expect(stream).toBe(
      [
        line('"reasoning_content": "hm"'),
        line('"content": "a"'),
        line(
          '"tool_calls": [{"id": "call-1", "type": "function", "index": 0, "function": {"name": "search"}}]',
        ),
        line('"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]'),
        line('"content": ""', ', "finish_reason": "tool_calls"'),
        'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"total_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":1}}}\n\n',
        'data: [DONE]\n\n',
      ].join(''),
    );
  });

  it('should leave out finish, usage and [DONE] when told', () => {
    const stream = chatStream(['a', streamError('boom'), rawText('oops')], {
      finish: null,
      usage: null,
      done: false,
    });
    expect(stream.split('\n\n').slice(1)).toEqual([
      'data: {"error": {"message": "boom", "type": "server_error", "code": 500, "param": null, "object": "error"}}',
      'oops',
    ]);
    expect(chatStream([usage(1, 1)], { finish: null }).match(/"prompt_tokens"/g)).toHaveLength(1);
  });

  it('should build a whole answer with calls', () => {
    const body: unknown = JSON.parse(completion({ toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] }));
    expect(body).toMatchObject({
      choices: [
        {
          message: { content: null, tool_calls: [{ id: 'c', type: 'function' }] },
          finish_reason: 'tool_calls',
        },
      ],
    });
  });
});

describe('splitBytes', () => {
  const bytes = Buffer.from('häßlich 🎉 text');

  it('should lose and reorder nothing in any mode', () => {
    for (const mode of ['whole', 'bytes', [5, 2, 900], { seed: 1 }, { seed: 2, max: 3 }] as const) {
      const pieces = splitBytes(bytes, mode);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    }
  });

  it('should cut where asked and alike for the same seed', () => {
    expect(splitBytes(bytes, 'whole')).toHaveLength(1);
    expect(splitBytes(bytes, 'bytes')).toHaveLength(bytes.length);
    expect(splitBytes(bytes, [1, 4]).map((piece) => piece.length)).toEqual([1, 3, bytes.length - 4]);
    expect(splitBytes(bytes, { seed: 3, max: 4 })).toEqual(splitBytes(bytes, { seed: 3, max: 4 }));
    expect(splitBytes(Buffer.alloc(0), 'whole')).toEqual([]);
  });
});

describe('recordings', () => {
  it('should replay every recording byte for byte', async () => {
    const recordings = loadRecordings();
    expect(recordings.length).toBeGreaterThan(30);
    for (const recording of recordings) {
      upstream.reply(replay(recording));
      const answer = await postJson(chatUrl, recording.request.body);
      expect([answer.status, answer.raw]).toEqual([recording.status, recording.body]);
    }
  });

  it('should build a stream equal to the recorded one', () => {
    const recorded = loadRecordings().find(({ name }) => name === 'reasoning.stream')!.body;
    const [, id = '', created = ''] = /"id": "([^"]+)".*?"created": (\d+)/.exec(recorded) ?? [];
    const thoughts = ['I', ' should', ' say', ' pong.'].map(reasoningDelta);
    const built = chatStream(
      [...thoughts, '', '\n\npong', finish('stop'), usage(12, 6, { cached: 8, reasoning: 4 })],
      {
        id,
        created: Number(created),
        model: 'Qwen/Qwen3-8B',
      },
    );
    expect(built.trimEnd()).toBe(recorded.trimEnd());
  });
});
