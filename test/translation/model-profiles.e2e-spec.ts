import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGatewayFile } from '../../src/gateway-file/parse-gateway-file.js';
import { createTestApp } from '../support/create-test-app.js';
import { completion } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
import { useGateway } from '../support/use-gateway.js';

const MODELS = `
models:
  - id: big
    upstreamModel: Qwen/Qwen3.5-35B-A3B
    aliases: [gpt-5-gateway]
    contextWindow: 262144
    maxOutputTokens: 100
    thinkingOn: { enable_thinking: true }
    effort: { minimal: null, high: max }
    sampling: { temperature: 0.6, top_k: 20 }
    passFields: [priority, prompt_cache_key]
  - id: plain
    preset: openai
    systemRole: none
    reasoningField: reasoning
    vision: false
  - id: old
    systemRole: leading
    audioPart: null
    videoPart: null
`;
const read = (text: string): unknown =>
  parseGatewayFile(text, 'gateway.yaml', { servers: [], preset: 'lmdeploy', variable: () => undefined });
const IMAGE = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };

describe('model profiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-models-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, MODELS);
  const { upstream, gateway } = useGateway({ environment: { CONFIG_FILE: file } });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function sent(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    upstream.reply(completion({ content: 'ok' }));
    const answer = await postJson(`${gateway.url}/v1/responses`, { input: 'hi', ...body });
    expect(answer).toMatchObject({ status: 200, body: { model: body.model } });
    return upstream.chats.at(-1)!.body as Record<string, unknown>;
  }

  it('should send the upstream model, the sampling defaults and the limit of a described model', async () => {
    expect(await sent({ model: 'big', max_output_tokens: 5000 })).toMatchObject({
      model: 'Qwen/Qwen3.5-35B-A3B',
      temperature: 0.6,
      top_k: 20,
      max_completion_tokens: 100,
    });
  });

  it('should send the fields that a model is described to take, and name the others', async () => {
    const fields = { priority: 3, prompt_cache_key: 'k', foo: 1 };
    expect(await sent({ model: 'big', ...fields })).toMatchObject({ priority: 3, prompt_cache_key: 'k' });
    expect(await sent({ model: 'plain', ...fields })).not.toHaveProperty('priority');
    upstream.reply(completion({ content: 'ok' }));
    const { headers } = await postJson(`${gateway.url}/v1/responses`, {
      model: 'big',
      input: 'hi',
      ...fields,
    });
    expect(headers['x-gateway-ignored']).toBe('foo');
  });

  it.each(['messages', 'model', 'stream', 'tools', 'n', '__proto__', 'a b', '', 5])(
    'should refuse to hand on %j',
    (field) => {
      const text = JSON.stringify({ models: [{ id: 'a', passFields: ['fine', field] }] });
      expect(() => read(text)).toThrow(/models\[0\]\.passFields/);
    },
  );

  it('should keep the rank of late system text unless the file says otherwise, and leave out what the model cannot hear', async () => {
    const sound = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
    const input = [
      { role: 'user', content: [sound] },
      { role: 'developer', content: 'late' },
      { role: 'user', content: 'b' },
    ];
    const rolesOf = async (model: string) => {
      const { messages } = await sent({ model, input });
      return (messages as { role: string }[]).map(({ role }) => role);
    };
    expect(await rolesOf('big')).toEqual(['system', 'user', 'user']);
    expect(JSON.stringify(upstream.chats.at(-1)!.body)).toContain('"audio_url"');
    expect(await rolesOf('old')).toEqual(['user', 'user', 'user']);
    expect(JSON.stringify(upstream.chats.at(-1)!.body)).toContain('A sound was left out');
  });

  it('should let the request win over the sampling defaults', async () => {
    expect(await sent({ model: 'big', temperature: 0, max_output_tokens: 7 })).toMatchObject({
      temperature: 0,
      top_k: 20,
      max_completion_tokens: 7,
    });
  });

  it('should map efforts and switch thinking on by the alias of a model', async () => {
    expect(await sent({ model: 'gpt-5-gateway', reasoning: { effort: 'high' } })).toMatchObject({
      model: 'Qwen/Qwen3.5-35B-A3B',
      reasoning_effort: 'max',
      chat_template_kwargs: { enable_thinking: true },
    });
    expect(await sent({ model: 'big', reasoning: { effort: 'minimal' } })).not.toHaveProperty(
      'reasoning_effort',
    );
  });

  it('should put system text and reasoning where the profile says', async () => {
    const input = [
      { role: 'user', content: 'a' },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'thought' }] },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: [{ type: 'input_text', text: 'see' }, IMAGE] },
    ];
    const { messages } = await sent({ model: 'plain', instructions: 'Be brief.', input });
    expect(messages).toEqual([
      { role: 'user', content: 'Be brief.\n\na' },
      { role: 'assistant', content: 'b', reasoning: 'thought' },
      { role: 'user', content: expect.stringContaining('cannot see images') as string },
    ]);
  });

  it('should leave a model that is not described to the preset', async () => {
    const chat = await sent({ model: 'somebody-else' });
    expect(chat).toMatchObject({ model: 'somebody-else' });
    expect(chat).not.toHaveProperty('temperature');
  });

  it('should list described models and aliases in both forms', async () => {
    const { body } = await getJson(`${gateway.url}/v1/models?client_version=0.169.0`);
    const { data, models } = body as { data: { id: string }[]; models: Record<string, unknown>[] };
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(['big', 'plain', 'gpt-5-gateway']));
    expect(models.map(({ slug }) => slug)).toEqual(data.map(({ id }) => id));
    expect(models.find(({ slug }) => slug === 'big')).toMatchObject({
      context_window: 262144,
      apply_patch_tool_type: 'freeform',
    });
    expect(models.find(({ slug }) => slug === 'plain')).toMatchObject({ input_modalities: ['text'] });
  });

  it.each([
    ['toolParser', 'nobody'],
    ['reasoningParser', 'nobody'],
  ])('should not start with an unknown %s', async (field, name) => {
    const wrong = join(folder, `${field}.yaml`);
    writeFileSync(wrong, `models: [{ id: a, ${field}: ${name} }]`);
    const start = createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, CONFIG_FILE: wrong } });
    await expect(start).rejects.toThrow(`models[0].${field}: must be one of auto`);
  });
});
