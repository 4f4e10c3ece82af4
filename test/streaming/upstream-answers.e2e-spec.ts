import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { asHttp, startClosingUpstream } from '../support/closing-upstream.js';
import { createTestApp } from '../support/create-test-app.js';
import { chatFrames, chatStream, completion, type ScriptedAnswer } from '../support/fake-upstream.js';
import { type JsonAnswer, postJson, postStream, type StreamAnswer } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const TURN = { model: 'm', input: 'hi' };
const EVENTS = { 'content-type': 'text/event-stream' };
const FINE = chatStream(['po', 'ng']);
const PONG =
  '{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"content":"pong"},"finish_reason":"stop"}]}';
const MAX_BYTES = 4_000;

const { upstream, gateway } = useGateway({ environment: { UPSTREAM_MAX_ANSWER_BYTES: String(MAX_BYTES) } });

async function stream(answer: ScriptedAnswer | string): Promise<StreamAnswer> {
  upstream.reply(answer);
  const given = await postStream(`${gateway.url}/v1/responses`, { ...TURN, stream: true });
  checkLifecycle(given.events);
  return given;
}

async function whole(answer: ScriptedAnswer | string): Promise<JsonAnswer> {
  upstream.reply(answer);
  return postJson(`${gateway.url}/v1/responses`, TURN);
}

/** Streamed and not, the same answer comes out. */
async function expectPong(answer: ScriptedAnswer): Promise<void> {
  expect((await stream(answer)).events.at(-1)).toMatchObject({
    type: 'response.completed',
    response: { output_text: 'pong' },
  });
  const { status, body } = await whole(answer);
  checkResponse(body);
  expect([status, body]).toMatchObject([200, { status: 'completed', output_text: 'pong' }]);
}

describe('a stream of a model server', () => {
  it.each<[string, string]>([
    ['a byte order mark', `\uFEFF${FINE}`],
    ['CR only', FINE.replaceAll('\n', '\r')],
    ['CRLF', FINE.replaceAll('\n', '\r\n')],
    [
      'a mixture of line ends',
      FINE.replace('\n\n', '\r\r').replace('\n\n', '\r\n\r\n').replace('\n\n', '\n\r'),
    ],
    ['an end of lines that is CR only', FINE.replace(/\n\n$/, '\r')],
  ])('should be read with %s, however it is cut', async (_what, body) => {
    for (const split of ['whole', 'bytes', { seed: 7 }] as const) {
      await expectPong({ headers: EVENTS, body, split });
    }
  });

  it.each([
    'data:',
    'data: ',
    'data:   ',
    'data: {"type":"ping"}',
    'event: ping\ndata: {}',
    'event: ping\ndata: {"type":"ping"}',
    'event: heartbeat\ndata: still here',
    'data: {}',
    'data: null',
    'data: []',
    'data: 7',
    'data: true',
    'data: "text"',
    'data: {"vendor":{"queue":3}}',
    'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m"}',
    'data: {"choices":null}',
    'data: {"choices":[]}',
    'data: {"choices":[null]}',
    'data: {"choices":{}}',
    'data: {"error":null}',
    'data: {"error":"","choices":[]}',
    'data: {"message":"queued","code":0}',
    'data: {"choices":[{"index":1,"delta":{"content":"other"}}]}',
    'data: {"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"stop"}]}',
    ': comment',
    'event: x\nid: 1\nretry: 10',
    'id: 1',
  ])('should pass over %j', async (event) => {
    const [first = '', ...rest] = chatFrames(['po', 'ng']);
    await expectPong({ headers: EVENTS, body: [`${event}\n\n`, first, `${event}\n\n`, ...rest].join('') });
  });

  it.each<[string, string]>([
    ['data: {"error":{"message":"x","code":500}}', 'server_error'],
    ['data: {"error":"x"}', 'server_error'],
    ['data: {"message":"x","type":"server_error","code":500,"param":null,"object":"error"}', 'server_error'],
    ['data: {"message":"x","type":"y","code":429,"object":"error"}', 'rate_limit_exceeded'],
    ['data: {"message":"x","type":"BadRequestError","code":429}', 'rate_limit_exceeded'],
    ['data: {"error_code":10402,"text":"x"}', 'server_error'],
    ['{"error_code":10402,"text":"x"}', 'server_error'],
    ['data: {"detail":"x"}', 'server_error'],
    ['data: [{"error":{"code":429,"message":"x"}}]', 'rate_limit_exceeded'],
    ['event: error\ndata: {"message":"x","code":429}', 'rate_limit_exceeded'],
    ['event: error\ndata: {"error":{"message":"x","code":429}}', 'rate_limit_exceeded'],
    ['event: error\ndata: out of memory', 'server_error'],
    ['data: {"type":"error","message":"x"}', 'server_error'],
    ['data: {"choices":[],"error":{"message":"x","code":429}}', 'rate_limit_exceeded'],
    ['data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}', 'server_error'],
    ['data: not JSON', 'server_error'],
    ['event: message\ndata: not JSON', 'server_error'],
  ])('should fail with %j', async (event, code) => {
    const [first = '', ...rest] = chatFrames(['po', 'ng']);
    const { events } = await stream({ headers: EVENTS, body: [first, `${event}\n\n`, ...rest].join('') });
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { code }, output_text: 'po' },
    });
  });

  it('should be incomplete where it breaks off within an event', async () => {
    const [first = ''] = chatFrames(['po']);
    const { events } = await stream({ headers: EVENTS, body: `${first}data: {"choices":[{"del` });
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: {
        error: { message: 'The model server closed the connection before the response was complete.' },
      },
    });
  });

  it('should be read where NaN stands beside a text that speaks of it', async () => {
    const text = '{"x": NaN, "y": [-Infinity]}';
    const chunk = {
      choices: [{ index: 0, delta: { content: text }, finish_reason: 'stop', score: 'NUMBER' }],
    };
    const body = `data: ${JSON.stringify(chunk).replace('"NUMBER"', 'NaN')}\n\ndata: [DONE]\n\n`;
    expect((await stream({ body })).events.at(-1)).toMatchObject({ response: { output_text: text } });
  });

  it("should be read in Mistral's form, streamed and not", async () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'why' }] };
    const content = [thinking, { type: 'text', text: 'po' }, { type: 'text', text: 'ng' }];
    const choice = { index: 0, finish_reason: 'stop' };
    const body = `data: ${JSON.stringify({ choices: [{ ...choice, delta: { content } }] })}\n\n`;
    const json = JSON.stringify({ choices: [{ ...choice, message: { role: 'assistant', content } }] });
    for (const answer of [await whole(json), await whole({ body })]) {
      expect(answer.body).toMatchObject({
        output_text: 'pong',
        output: [{ type: 'reasoning', summary: [{ text: 'why' }] }, { type: 'message' }],
      });
    }
  });
});

describe('an answer of a model server', () => {
  it.each<[string, ScriptedAnswer]>([
    ['events that call themselves JSON', { headers: { 'content-type': 'application/json' }, body: FINE }],
    [
      'events that call themselves text',
      { headers: { 'content-type': 'text/plain' }, body: `\uFEFF: hi\n\n${FINE}` },
    ],
    ['JSON that calls itself events', { headers: EVENTS, body: PONG }],
    [
      'JSON over several lines that calls itself events',
      { headers: EVENTS, body: JSON.stringify(JSON.parse(PONG), null, 2) },
    ],
    ['JSON with a byte order mark', { body: `\uFEFF${PONG}` }],
    [
      'a choice of index 0 behind another',
      { body: PONG.replace('[{', '[{"index":1,"message":{"content":"x"}},{') },
    ],
    ['gzip', { headers: { ...EVENTS, 'content-encoding': 'gzip' }, body: gzipSync(FINE) }],
    ['gzip JSON', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(PONG) }],
    ['deflate', { headers: { ...EVENTS, 'content-encoding': 'deflate' }, body: deflateSync(FINE) }],
    ['brotli', { headers: { ...EVENTS, 'content-encoding': 'br' }, body: brotliCompressSync(FINE) }],
  ])('should be understood as %s', async (_what, answer) => {
    for (const split of ['whole', { seed: 3 }] as const) await expectPong({ ...answer, split });
  });

  it('should be asked for as it is, not packed', async () => {
    await whole(PONG);
    expect(upstream.chats.at(-1)?.headers['accept-encoding']).toBe('identity');
  });

  it('should not be unpacked beyond what is allowed', async () => {
    const bomb = gzipSync(completion({ content: 'x'.repeat(5_000_000) }));
    const { status, body } = await whole({ headers: { 'content-encoding': 'gzip' }, body: bomb });
    expect([status, body]).toMatchObject([502, { error: { code: 'upstream_protocol_error' } }]);
  });

  it.each([204, 205])('should not be nothing, as with the status %d', async (status) => {
    const answer = await whole({ status, body: '' });
    expect([answer.status, answer.body]).toMatchObject([502, { error: { code: 'upstream_protocol_error' } }]);
  });

  it.each([
    [429, 429, 'rate_limit_exceeded'],
    [400, 400, 'invalid_request'],
    [500, 502, 'upstream_error'],
  ])('should keep the meaning of its status %d where it goes on and on', async (status, expected, code) => {
    const endless = function* () {
      for (;;) yield 'x'.repeat(10_000);
    };
    const aborted = upstream.waitForAbort(upstream.aborted + 1);
    const answer = await whole({ status, headers: { 'content-type': 'text/html' }, chunks: endless() });
    expect([answer.status, answer.body]).toMatchObject([expected, { error: { code } }]);
    await aborted;
  });

  it('should be read where an error comes as an event', async () => {
    const answer = await whole({
      status: 400,
      headers: EVENTS,
      body: 'data: {"error":{"message":"Bad."}}\n\n',
    });
    expect(answer.body).toMatchObject({ error: { code: 'invalid_request', message: 'Bad.' } });
  });

  it('should say when to come back by a date, as a number', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const { status, headers } = await whole({ status: 429, headers: { 'retry-after': date }, body: '{}' });
    expect(status).toBe(429);
    expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(Math.abs(Number(headers['retry-after']) - 90)).toBeLessThan(30);
  });
});

describe('UPSTREAM_MAX_ANSWER_BYTES', () => {
  const TOO_LARGE = { type: 'response.failed', response: { error: { code: 'server_error' } } };
  const event = (text: string): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`;
  /** Without it the answer would fail for want of an end. */
  const end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

  it('should bound the text of a streamed answer', async () => {
    const { events } = await stream({
      chunks: [...Array.from({ length: 50 }, () => event('x'.repeat(100))), end],
      headers: EVENTS,
    });
    expect(events.at(-1)).toMatchObject(TOO_LARGE);
  });

  it('should bound the arguments and the reasoning of a streamed answer too', async () => {
    for (const field of ['reasoning_content', 'tool_calls']) {
      const text = 'x'.repeat(100);
      const delta = {
        [field]:
          field === 'tool_calls' ? [{ index: 0, id: 'a', function: { name: 'f', arguments: text } }] : text,
      };
      const frame = `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
      const chunks = [...Array.from({ length: 50 }, () => frame), end];
      const { events } = await stream({ chunks, headers: EVENTS });
      expect(events.at(-1)).toMatchObject(TOO_LARGE);
    }
  });

  it('should bound the calls of a streamed answer, however short they are', async () => {
    const chunks = Array.from({ length: 60 }, (_, index) => {
      const call = { index, id: `call_${index}`, function: { name: 'f', arguments: '{}' } };
      return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`;
    });
    const { events } = await stream({ chunks: [...chunks, end], headers: EVENTS });
    expect(events.at(-1)).toMatchObject(TOO_LARGE);
  });

  it('should not count what stands around the text', async () => {
    const body = chatStream(Array.from({ length: 300 }, () => 'x'));
    expect(body.length).toBeGreaterThan(5 * MAX_BYTES);
    expect((await stream(body)).events.at(-1)).toMatchObject({ response: { output_text: 'x'.repeat(300) } });
  });

  it('should bound an event of many lines', async () => {
    const { events } = await stream({
      headers: EVENTS,
      body: `data: {\n${'data: \n'.repeat(2)}data: ${' '.repeat(900)}\n`.repeat(9),
    });
    expect(events.at(-1)).toMatchObject(TOO_LARGE);
  });
});

describe('a model server that does not end its answer', () => {
  it('should be waited for 2 s behind the finish reason', async () => {
    const start = performance.now();
    const frames = chatFrames(['po', 'ng'], { usage: null, done: false });
    const aborted = upstream.waitForAbort(upstream.aborted + 1);
    const { events } = await stream({ chunks: frames, headers: EVENTS, end: 'hang' });
    const took = performance.now() - start;
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'pong' } });
    expect(took).toBeGreaterThan(1_500);
    expect(took).toBeLessThan(10_000);
    await aborted;
  });

  it('should have its usage read where that comes in time', async () => {
    async function* late() {
      const frames = chatFrames(['po', 'ng']);
      for (const frame of frames) {
        if (frame.includes('"usage":{')) await new Promise((resolve) => setTimeout(resolve, 300));
        yield frame;
      }
    }
    const { events } = await stream({ chunks: late(), headers: EVENTS });
    const usage = (events.at(-1) as { response: { usage: { total_tokens: number } } }).response.usage;
    expect(usage.total_tokens).toBeGreaterThan(0);
  });
});

describe('interim answers that nobody asked for', () => {
  it.each([
    ['100', ['100 Continue']],
    ['103', ['103 Early Hints\r\nlink: </x>; rel=preload']],
    [
      'several',
      ['102 Processing', '100 Continue', '103 Early Hints\r\nlink: </x>', '100 Continue', '199 Whatever'],
    ],
  ])('should be passed over: %s', async (_what, heads) => {
    const interim = heads.map((head) => `HTTP/1.1 ${head}\r\n\r\n`).join('');
    for (const answer of [asHttp(FINE, EVENTS), asHttp(PONG)]) {
      for (const pace of ['whole', 'bytes'] as const) {
        const server = await startClosingUpstream({ answer: interim + answer, pace });
        const own = await createTestApp({ environment: { UPSTREAM_BASE_URL: server.url } });
        const { status, body } = await postJson(`${own.url}/v1/responses`, TURN);
        await own.close();
        await server.close();
        expect([status, body]).toMatchObject([200, { output_text: 'pong' }]);
      }
    }
  });

  it('should not be passed over where they leave HTTP', async () => {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';
    const server = await startClosingUpstream({ answer });
    const own = await createTestApp({ environment: { UPSTREAM_BASE_URL: server.url } });
    const { status, body } = await postJson(`${own.url}/v1/responses`, TURN);
    await own.close();
    await server.close();
    expect([status, body]).toMatchObject([502, { error: { code: 'upstream_protocol_error' } }]);
  });
});
