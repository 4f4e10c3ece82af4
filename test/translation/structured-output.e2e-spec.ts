import { createTestApp, PATIENT, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';

const SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const REQUEST = {
  model: 'm',
  input: 'hi',
  text: { format: { type: 'json_schema', name: 'place', schema: SCHEMA, strict: true } },
};

describe('structured output', () => {
  let upstream: FakeUpstream;
  beforeAll(async () => {
    upstream = await startFakeUpstream();
  });
  afterAll(() => upstream.close());

  async function withMode<T>(mode: string, act: (gateway: TestApp) => Promise<T>): Promise<T> {
    const gateway = await createTestApp({
      environment: { ...PATIENT, UPSTREAM_BASE_URL: upstream.url, STRICT_OUTPUT: mode },
    });
    try {
      return await act(gateway);
    } finally {
      await gateway.close();
    }
  }
  const answer = (text: string): string => completion({ content: text });

  it('should send the schema upstream and pass on text that fits it', async () => {
    await withMode('fail', async ({ url }) => {
      upstream.reply(answer('{"city":"Paris"}'));
      const { status, body, headers } = await postJson(`${url}/v1/responses`, REQUEST);
      expect(status).toBe(200);
      checkResponse(body);
      expect(headers).not.toHaveProperty('x-gateway-warning');
      expect(upstream.chats.at(-1)!.body).toMatchObject({
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'place', schema: SCHEMA, strict: true },
        },
      });
    });
  });

  it.each(['{"town":"Paris"}', 'Paris', '{"city":1}'])('should warn of %s by default', async (text) => {
    await withMode('warn', async ({ url }) => {
      upstream.reply(answer(text));
      const { status, body, headers } = await postJson(`${url}/v1/responses`, REQUEST);
      expect(status).toBe(200);
      expect(body).toMatchObject({ output_text: text });
      expect(headers['x-gateway-warning']).toBe('output_schema_violation');
    });
  });

  it('should fail the answer when it is told to', async () => {
    await withMode('fail', async ({ url }) => {
      upstream.reply(answer('Paris'));
      const whole = await postJson(`${url}/v1/responses`, REQUEST);
      expect(whole).toMatchObject({ status: 502, body: { error: { code: 'output_schema_violation' } } });
      upstream.reply(chatStream([textDelta('Par'), textDelta('is')]));
      const { events } = await postStream(`${url}/v1/responses`, { ...REQUEST, stream: true });
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({ type: 'response.failed' });
    });
  });

  it('should not look at answers that are not strict', async () => {
    await withMode('fail', async ({ url }) => {
      upstream.reply(answer('Paris'));
      const format = { ...REQUEST.text.format, strict: false };
      const { status } = await postJson(`${url}/v1/responses`, { ...REQUEST, text: { format } });
      expect(status).toBe(200);
    });
  });

  it('should tell the model of the schema in words when tools are offered', async () => {
    await withMode('warn', async ({ url }) => {
      upstream.reply(answer('{"city":"Paris"}'));
      await postJson(`${url}/v1/responses`, { ...REQUEST, tools: [{ type: 'function', name: 'f' }] });
      const sent = upstream.chats.at(-1)!.body as { messages: { role: string; content: string }[] };
      expect(sent).not.toHaveProperty('response_format');
      expect(sent.messages[0]).toMatchObject({ role: 'system' });
      expect(sent.messages[0]!.content).toContain('"city"');
    });
  });

  it('should serve a schema that cannot be compiled', async () => {
    await withMode('fail', async ({ url }) => {
      upstream.reply(answer('{}'));
      const format = {
        type: 'json_schema',
        name: 'x',
        strict: true,
        schema: { $ref: 'https://example.com/nowhere' },
      };
      const { status } = await postJson(`${url}/v1/responses`, { ...REQUEST, text: { format } });
      expect(status).toBe(200);
    });
  });

  it('should pad deltas when obfuscation is asked for', async () => {
    await withMode('warn', async ({ url }) => {
      upstream.reply(chatStream([textDelta('a'), textDelta('bc')]));
      const { events } = await postStream(`${url}/v1/responses`, {
        model: 'm',
        input: 'hi',
        stream: true,
        stream_options: { include_obfuscation: true },
      });
      checkLifecycle(events);
      const lengths = events.flatMap((event) => {
        const { delta, obfuscation } = event as { delta?: string; obfuscation?: string };
        return delta === undefined ? [] : [delta.length + (obfuscation ?? '').length];
      });
      expect(lengths).toEqual([16, 16]);
    });
  });
});

describe('a schema that is too much to check', () => {
  const LARGE = {
    type: 'object',
    properties: { city: { enum: Array.from({ length: 30_000 }, (_, index) => `city ${index}`) } },
  };
  const SLOW = { type: 'string', pattern: '^(a+)+$' };
  const requestWith = (schema: object) => ({
    ...REQUEST,
    text: { format: { type: 'json_schema', name: 'x', strict: true, schema } },
  });
  let upstream: FakeUpstream;
  let gateway: TestApp;
  const start = async (mode: string): Promise<string> => {
    gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, STRICT_OUTPUT: mode, STRICT_OUTPUT_TIMEOUT_MS: '500' },
    });
    return `${gateway.url}/v1/responses`;
  };
  beforeEach(async () => {
    upstream = await startFakeUpstream();
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
  });

  it('should be passed over with a warning, also in the headers of a stream where it is known before', async () => {
    const url = await start('warn');
    upstream.reply(chatStream(['{}']));
    const streamed = await postStream(url, { ...requestWith(LARGE), stream: true });
    expect(streamed.headers['x-gateway-warning']).toBe('output_schema_unchecked');
    upstream.reply(completion({ content: JSON.stringify(`${'a'.repeat(40)}!`) }));
    const slow = await postJson(url, requestWith(SLOW));
    expect([slow.status, slow.headers['x-gateway-warning']]).toEqual([200, 'output_schema_unchecked']);
  });

  it('should be refused where the answer would have to be checked, and fail where it takes too long', async () => {
    const url = await start('fail');
    expect(await postJson(url, requestWith(LARGE))).toMatchObject({
      status: 400,
      body: { error: { param: 'text.format.schema' } },
    });
    expect(upstream.chats).toHaveLength(0);
    upstream.reply(completion({ content: JSON.stringify(`${'a'.repeat(40)}!`) }));
    const slow = await postJson(url, requestWith(SLOW));
    expect(slow).toMatchObject({ status: 502, body: { error: { code: 'output_schema_unchecked' } } });
  });
});
