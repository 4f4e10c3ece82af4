import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { SocketClient } from '../support/ws-client.js';

const SUPPORT = `
id: support
versions:
  - version: 1
    model: test-model
    instructions: You help {{customer}}.
    input: Where is {{thing}}?
  - version: 2
    model: test-model
    instructions: Be brief with {{customer}}.
    temperature: 0.2
    max_output_tokens: 50
    tools: [{ type: function, name: look_up }]
    input:
      - role: user
        content: ["{{photo}}", "What is it, {{customer}}?"]
`;
const PHOTO = { type: 'input_image', image_url: 'https://example.com/a.png' };
const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'not_found' };
const INVALID = { status: 400, type: 'invalid_request_error', code: 'invalid_request' };

describe('prompts', () => {
  let folder: string;
  let upstream: FakeUpstream;
  let gateway: TestApp;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-prompts-'));
    writeFileSync(join(folder, 'support.yaml'), SUPPORT);
    upstream = await startFakeUpstream(({ path, body }) => {
      if (path.endsWith('/count_tokens')) return { body: '{"input_tokens":7}' };
      if (!path.endsWith('/chat/completions')) return undefined;
      const { stream } = body as { stream?: boolean };
      return { body: stream ? chatStream(['fine']) : completion({ content: 'fine' }) };
    });
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        PROMPTS_DIR: folder,
        DATABASE_URL: 'memory:',
        MEDIA_HOSTS: '*',
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  const url = (path = ''): string => `${gateway.url}/v1/responses${path}`;
  const post = (body: object) => postJson(url(), body);
  const asked = () => upstream.chats.at(-1)!.body as Json & { messages: Json[] };
  const first = (variables: object = { customer: 'Ann', thing: 'it' }) => ({
    id: 'support',
    version: '1',
    variables,
  });
  const system = (content: string): Json => ({ role: 'system', content });

  it('should say what a request does not', async () => {
    const { status, body } = await post({ prompt: first() });
    expect(status).toBe(200);
    checkResponse(body);
    expect(asked()).toMatchObject({
      model: 'test-model',
      messages: [system('You help Ann.'), { role: 'user', content: 'Where is it?' }],
    });
    expect(body).toMatchObject({
      instructions: 'You help Ann.',
      prompt: { id: 'support', version: '1', variables: { customer: 'Ann', thing: 'it' } },
    });
  });

  it('should be of its last version where none is named, with parts for variables', async () => {
    const { events } = await postStream(url(), {
      prompt: { id: 'support', variables: { customer: 'Ann', photo: PHOTO } },
      stream: true,
    });
    checkLifecycle(events);
    expect(asked()).toMatchObject({
      temperature: 0.2,
      max_completion_tokens: 50,
      tools: [{ function: { name: 'look_up' } }],
    });
    expect(asked().messages[1]).toMatchObject({
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: PHOTO.image_url } },
        { type: 'text', text: 'What is it, Ann?' },
      ],
    });
    expect(events[0]).toMatchObject({ response: { prompt: { version: '2' } } });
  });

  it('should not say what the request says itself', async () => {
    const { body } = await post({
      model: 'test-model',
      prompt: { id: 'support', variables: { customer: 'Ann' } },
      input: 'own input',
      temperature: 1,
      tools: [],
    });
    expect(asked()).toMatchObject({
      temperature: 1,
      messages: [system('Be brief with Ann.'), { role: 'user', content: 'own input' }],
    });
    expect(asked()).not.toHaveProperty('tools');
    expect(body).toMatchObject({ status: 'completed', temperature: 1 });
  });

  it('should hold for one response of a chain', async () => {
    const { body: stored } = await post({ prompt: first() });
    const { id } = stored as ResponseObject;
    expect((await getJson(url(`/${id}`))).body).toEqual(stored);
    const { body } = await post({ model: 'test-model', input: 'and now?', previous_response_id: id });
    expect(body).toMatchObject({ prompt: null, instructions: null });
    expect(asked().messages.map(({ content }) => content)).toEqual(['Where is it?', 'fine', 'and now?']);
  });

  it('should hold in the background, on a WebSocket, for counts and compactions', async () => {
    const { body: queued } = await post({ prompt: first(), background: true });
    await until(async () => {
      const { body } = await getJson(url(`/${(queued as ResponseObject).id}`));
      return (body as ResponseObject).status === 'completed';
    });
    expect(asked().messages[0]).toEqual(system('You help Ann.'));

    const socket = await SocketClient.open(gateway.url);
    const { events } = await socket.turn({ prompt: first({ customer: 'Bob', thing: 'it' }) });
    checkLifecycle(events);
    expect(asked().messages[0]).toEqual(system('You help Bob.'));
    await socket.close();

    const count = await postJson(url('/input_tokens'), { prompt: first() });
    expect(count.body).toEqual({ object: 'response.input_tokens', input_tokens: 7 });
    expect(count.headers).not.toHaveProperty('x-gateway-ignored');
    expect(upstream.requests.at(-1)!.raw).toContain('You help Ann.');

    const compacted = await postJson(url('/compact'), { prompt: first() });
    expect(compacted.status).toBe(200);
    expect(asked().messages[1]).toEqual({ role: 'user', content: 'Where is it?' });
  });

  it.each([
    [{ id: 'pmpt_1' }, { ...NOT_FOUND, param: 'prompt.id', message: "Prompt with id 'pmpt_1' not found." }],
    [
      { ...first(), version: '9' },
      { ...NOT_FOUND, param: 'prompt.version', message: "Version '9' of prompt 'support' not found." },
    ],
    [
      first({ customer: 'Ann' }),
      { ...INVALID, param: 'prompt.variables', message: "Missing prompt variables: 'thing'." },
    ],
    [
      first({ customer: 'Ann', thing: 'it', more: '' }),
      { ...INVALID, param: 'prompt.variables', message: "Unknown prompt variables: 'more'." },
    ],
    [first({ customer: 5, thing: 'it' }), { ...INVALID, param: 'prompt.variables.customer' }],
    [first({ customer: PHOTO, thing: 'it' }), { ...INVALID, param: 'prompt.variables.customer' }],
    ['support', { ...INVALID, param: 'prompt' }],
    [{ version: '1' }, { ...INVALID, param: 'prompt.id' }],
    [
      { id: 'support', version: 1 },
      { ...INVALID, param: 'prompt.version' },
    ],
    [
      { id: 'support', variables: [] },
      { ...INVALID, param: 'prompt.variables' },
    ],
  ])('should be refused: %j', async (prompt, expected) => {
    const before = upstream.chats.length;
    expectEnvelope(await post({ prompt }), expected);
    expect(upstream.chats).toHaveLength(before);
  });

  it('should still ask for what neither the request nor the prompt says', async () => {
    writeFileSync(join(folder, 'bare.yaml'), 'versions: [{ version: 1, instructions: Hi }]');
    await until(async () => {
      const answer = await post({ prompt: { id: 'bare' } });
      return (answer.body as { error: { param: string } }).error.param === 'model';
    });
    expectEnvelope(await post({ prompt: { id: 'bare' }, model: 'test-model' }), {
      ...INVALID,
      code: 'missing_required_parameter',
      param: 'input',
    });
  });

  it('should be those of the files while these change', async () => {
    writeFileSync(join(folder, 'new.yaml'), 'versions: [{ version: 1, model: test-model, input: first }]');
    await until(async () => (await post({ prompt: { id: 'new' } })).status === 200);
    writeFileSync(join(folder, 'new.yaml'), 'versions: [{ version: 1 }, { version: 1 }]');
    expect((await post({ prompt: { id: 'new' } })).status).toBe(200);
    rmSync(join(folder, 'new.yaml'));
    await until(async () => (await post({ prompt: { id: 'new' } })).status === 404);
  });
});

describe('without PROMPTS_DIR', () => {
  it('should not start with a folder that is not there', async () => {
    await expect(createTestApp({ environment: { PROMPTS_DIR: '/nowhere' } })).rejects.toThrow(
      'PROMPTS_DIR=/nowhere: cannot be read: there is no such file',
    );
  });
});
