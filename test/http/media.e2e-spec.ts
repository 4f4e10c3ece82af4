import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { SocketClient } from '../support/ws-client.js';

const METADATA = 'http://169.254.169.254/latest/meta-data/';
const SVG = `data:image/png;base64,${Buffer.from('<svg onload="x"/>').toString('base64')}`;
const CALL = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };

/** Every place where a request can name a URL that a model server would fetch. */
const PLACES: [place: string, item: (url: string) => object, param: string][] = [
  [
    'a message',
    (url) => ({ role: 'user', content: [{ type: 'input_image', image_url: url }] }),
    'input[1].content[0].image_url',
  ],
  [
    'a message in the form of chat completions',
    (url) => ({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }),
    'input[1].content[0].image_url.url',
  ],
  [
    'system text',
    (url) => ({ role: 'developer', content: [{ type: 'input_image', image_url: url }] }),
    'input[1].content[0].image_url',
  ],
  [
    'the output of a tool',
    (url) => ({
      type: 'function_call_output',
      call_id: 'c',
      output: [{ type: 'input_image', image_url: url }],
    }),
    'input[1].output[0].image_url',
  ],
  [
    'the output of a freeform tool',
    (url) => ({
      type: 'custom_tool_call_output',
      call_id: 'c',
      output: [{ type: 'input_image', image_url: url }],
    }),
    'input[1].output[0].image_url',
  ],
  [
    'a tool message',
    (url) => ({ role: 'tool', tool_call_id: 'c', content: [{ type: 'image_url', image_url: { url } }] }),
    'input[1].content[0].image_url.url',
  ],
  [
    'a screenshot',
    (url) => ({
      type: 'computer_call_output',
      call_id: 'c',
      output: { type: 'computer_screenshot', image_url: url },
    }),
    'input[1].output.image_url',
  ],
  [
    'a message between agents',
    (url) => ({ type: 'agent_message', content: [{ type: 'input_image', image_url: url }] }),
    'input[1].content[0].image_url',
  ],
  [
    'a message of a type nobody knows',
    (url) => ({ type: 'new', role: 'user', content: [{ type: 'input_image', image_url: url }] }),
    'input[1].content[0].image_url',
  ],
];

describe('media of a request', () => {
  let upstream: FakeUpstream;
  let open: TestApp;
  let closed: TestApp;
  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const environment = { UPSTREAM_BASE_URL: upstream.url };
    open = await createTestApp({ environment });
    closed = await createTestApp({
      environment: { ...environment, MEDIA_HOSTS: '169.254.169.254, .cdn.example.com', MEDIA_MAX_BYTES: '3' },
    });
  });
  afterAll(async () => {
    await open.close();
    await closed.close();
    await upstream.close();
  });
  afterEach(() => {
    upstream.requests.length = 0;
  });
  const refusal = (param: string) => ({
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_image_url',
    param,
  });

  it.each(PLACES)('should not lead into the network, from %s', async (_place, item, param) => {
    for (const url of [METADATA, SVG]) {
      const body = { model: 'm', input: [CALL, item(url)] };
      for (const path of ['', '/input_tokens', '/compact']) {
        expectEnvelope(await postJson(`${open.url}/v1/responses${path}`, body), refusal(param));
      }
    }
    expect(upstream.requests).toEqual([]);
  });

  it('should not do so on a WebSocket', async () => {
    const client = await SocketClient.open(open.url);
    const [, item, param] = PLACES[0]!;
    const { error } = await client.turn({ input: [CALL, item(METADATA)] });
    expect(error).toMatchObject({ status: 400, error: { code: 'invalid_image_url', param } });
    client.socket.close();
  });

  it('should lead where MEDIA_HOSTS says, and nowhere else', async () => {
    const send = (url: string) =>
      postJson(`${closed.url}/v1/responses`, { model: 'm', input: [CALL, PLACES[0]![1](url)] });
    for (const url of [
      'http://2852039166/a.png',
      'https://a.cdn.example.com/a.png',
      'data:image/png;base64,AAAA',
    ]) {
      upstream.reply(completion({ content: 'ok' }));
      expect((await send(url)).status).toBe(200);
    }
    expect(upstream.chats[0]?.raw).toContain('http://169.254.169.254/a.png');
    for (const url of ['https://example.com/a.png', 'http://127.0.0.1/', 'data:image/png;base64,AAAAAAAA']) {
      expectEnvelope(await send(url), refusal('input[1].content[0].image_url'));
    }
  });

  it('should stop the start where MEDIA_HOSTS names no host', async () => {
    const app = createTestApp({ environment: { MEDIA_HOSTS: 'http://example.com/x' } });
    await expect(app).rejects.toThrow(/MEDIA_HOSTS=.*must be \*, none, or hosts/);
  });
});
