import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { type Observable, of } from 'rxjs';
import type { ChatModel, ChatRequest } from '../../src/contracts/chat-completions.js';
import type { TokenCounter } from '../../src/contracts/model-profile.js';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import {
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
  type UpstreamOptions,
} from '../../src/upstreams/upstream.client.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';

/** Answers by itself, and keeps what it was asked and of which servers. */
@Injectable()
class RecordingClient extends UpstreamClient {
  override readonly name = 'recording';
  readonly chats: ChatRequest[] = [];
  readonly asked: (readonly string[] | undefined)[] = [];

  override open(chat: ChatRequest, { upstreams }: OpenOptions): Observable<UpstreamAnswer> {
    this.chats.push(chat);
    this.asked.push(upstreams);
    const chunk = { choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' as const }] };
    return of({ upstream: this.name, chunks: of(chunk) });
  }

  override countTokens(
    _chat: ChatRequest,
    counter: TokenCounter,
    { upstreams }: UpstreamOptions,
  ): Observable<number> {
    this.asked.push([counter, ...(upstreams ?? [])]);
    return of(1);
  }

  override listModels(): Promise<ChatModel[]> {
    return Promise.resolve([]);
  }

  override isReady(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

@Module({ providers: [{ provide: UpstreamClient, useClass: RecordingClient }], exports: [UpstreamClient] })
class RecordingModule {}

const SERVERS = `
upstreams:
  - { name: a, baseUrl: "http://a.invalid", preset: llamacpp }
  - { name: b, baseUrl: "http://b.invalid", preset: "\${KIND}" }
`;

describe('CONFIG_FILE', () => {
  let folder: string;
  let path: string;
  let gateway: TestApp;
  let upstream: FakeUpstream | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-file-'));
    path = join(folder, 'gateway.yaml');
  });
  afterEach(async () => {
    await gateway.close();
    await upstream?.close();
    upstream = undefined;
    rmSync(folder, { recursive: true });
  });

  async function start(text: string, kind: string): Promise<RecordingClient> {
    writeFileSync(path, text);
    gateway = await createTestApp({
      extensions: [RecordingModule],
      environment: { CONFIG_FILE: path, KIND: kind },
    });
    return gateway.app.get(UpstreamClient);
  }

  function change(text: string): void {
    writeFileSync(path, text);
    gateway.app.get(WatchedFiles).reload();
  }

  async function ask(model: string): Promise<void> {
    const body = { model, input: 'hi', max_output_tokens: 16 };
    const { status } = await postJson(`${gateway.url}/v1/responses`, body);
    expect(status).toBe(200);
  }

  it('should have a model asked of the servers that the file names for it, by all of its names', async () => {
    const models = 'models: [{ id: m, upstreams: [b], aliases: [n] }, { id: everywhere }]';
    const client = await start(SERVERS + models, 'vllm');
    for (const model of ['m', 'n', 'everywhere', 'somebody-else']) await ask(model);
    expect(client.asked).toEqual([['b'], ['b'], undefined, undefined]);
  });

  it('should have the tokens of a model counted there, in the way of these servers', async () => {
    const client = await start(`${SERVERS}models: [{ id: m, upstreams: [b] }]`, 'vllm');
    await postJson(`${gateway.url}/v1/responses/input_tokens`, { model: 'm', input: 'hi' });
    expect(client.asked).toEqual([['tokenize', 'b']]);
  });

  it('should give a model the preset of its servers, or of all where these are alike, and take over what they become', async () => {
    const client = await start(`${SERVERS}models: [{ id: on-a, upstreams: [a] }]`, 'llamacpp');
    const fieldsOf = async (): Promise<boolean[]> => {
      client.chats.length = 0;
      for (const model of ['on-a', 'somebody-else']) await ask(model);
      // LMDeploy, the default of UPSTREAM_PRESET, has max_completion_tokens.
      return client.chats.map((chat) => 'max_tokens' in chat);
    };
    expect(await fieldsOf()).toEqual([true, true]);
    change(`${SERVERS.replace('${KIND}', 'vllm')}models: [{ id: on-a, upstreams: [a] }]`);
    expect(await fieldsOf()).toEqual([true, false]);
    change(`${SERVERS}models: [{ id: on-a, upstreams: [a, b], preset: openai }]`);
    expect(await fieldsOf()).toEqual([false, true]);
  });

  it('should keep in use what was read before when it becomes wrong', async () => {
    const client = await start(`${SERVERS}models: [{ id: m, upstreams: [b] }]`, 'vllm');
    change(`${SERVERS}models: [{ id: m, upstreams: [c] }]`);
    await ask('m');
    expect(client.asked).toEqual([['b']]);
  });

  it('should be wrong as a whole where a file of a key holds none', async () => {
    const client = await start(`${SERVERS}models: [{ id: m, upstreams: [b] }]`, 'vllm');
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, '\n');
    const added = `  - { name: c, baseUrl: "http://c", apiKeyFile: ${keyFile} }\n`;
    change(`${SERVERS}${added}models: [{ id: m, upstreams: [c] }]`);
    await ask('m');
    expect(client.asked).toEqual([['b']]);
    writeFileSync(keyFile, 'a-key\n');
    gateway.app.get(WatchedFiles).reload();
    await ask('m');
    expect(client.asked).toEqual([['b'], ['c']]);
  });

  it('should name the model server in place of UPSTREAM_BASE_URL', async () => {
    upstream = await startFakeUpstream();
    writeFileSync(path, 'upstreams: [{ name: only, baseUrl: "${ADDRESS}" }]');
    gateway = await createTestApp({
      environment: { CONFIG_FILE: path, ADDRESS: upstream.url, NODE_ENV: 'production' },
    });
    upstream.reply(completion({ content: 'ok' }));
    await ask('test-model');
    expect(upstream.chats).toHaveLength(1);
  });

  it('should have the models of its servers listed anew when they change', async () => {
    upstream = await startFakeUpstream();
    const server = (name: string): string => `upstreams: [{ name: ${name}, baseUrl: "${upstream?.url}" }]`;
    writeFileSync(path, server('before'));
    gateway = await createTestApp({ environment: { CONFIG_FILE: path } });
    for (const id of ['first', 'second']) {
      change(server(id));
      upstream.reply(JSON.stringify({ data: [{ id }] }), '/v1/models');
      upstream.reply(completion({ content: 'ok' }));
      await ask('default');
    }
    expect(upstream.chats.map(({ body }) => (body as ChatRequest).model)).toEqual(['first', 'second']);
  });
});
