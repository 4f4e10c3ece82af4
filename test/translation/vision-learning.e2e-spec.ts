import { chatStream, completion, errorBody } from '../support/fake-upstream.js';
import { getJson, type JsonAnswer, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const HINT = 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj';
const IMAGE = { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' };
const LIST = JSON.stringify({
  object: 'list',
  data: [
    { id: 'blind', object: 'model', max_model_len: 32_768, meta: { n_ctx: 4_096 } },
    { id: 'seeing', object: 'model', meta: { n_ctx: 8_192, n_ctx_train: 131_072 } },
    { id: 'adapter', object: 'model', max_model_len: null, parent: 'blind' },
    { id: 'unknown', object: 'model', meta: { n_ctx_train: 131_072 } },
  ],
});

interface CodexModel {
  slug: string;
  context_window: number;
  input_modalities: string[];
}

const { upstream, gateway } = useGateway({
  answer: ({ path, body, raw }) => {
    if (path === '/v1/models') return { body: LIST };
    if (!path.endsWith('/chat/completions')) return undefined;
    const { model, stream } = body as { model: string; stream?: boolean };
    if (model.startsWith('late') && raw.includes('image_url')) {
      const flat = errorBody(500, 'server_error', HINT);
      return { body: `data: ${model === 'late' ? flat : `{"error":${flat}}`}\n\n` };
    }
    if (model === 'plain' && raw.includes('image_url')) return { status: 422, body: `Wrong input: ${HINT}` };
    if (stream) return { body: chatStream(['fine']) };
    if (model === 'blind' && raw.includes('image_url'))
      return { status: 500, body: errorBody(500, 'server_error', HINT) };
    return { body: completion({ content: 'fine' }) };
  },
  environment: { MODEL_ALIASES: 'alias=blind,first=default,other=gone' },
});

const request = (model: string) => ({
  model,
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'See?' }, IMAGE] }],
});
const look = (model: string): Promise<JsonAnswer> => postJson(`${gateway.url}/v1/responses`, request(model));

async function describedModels(): Promise<Record<string, CodexModel>> {
  const { body } = await getJson(`${gateway.url}/v1/models?client_version=0.170.0`);
  return Object.fromEntries((body as { models: CodexModel[] }).models.map((model) => [model.slug, model]));
}

describe('a model that turns out not to take images', () => {
  it('should be sent notes of them after it has refused one', async () => {
    expect((await describedModels()).blind?.input_modalities).toEqual(['text', 'image']);
    const refused = await look('blind');
    expect([refused.status, refused.body]).toMatchObject([
      400,
      { error: { code: 'unsupported_value', param: 'input', message: HINT } },
    ]);
    for (const model of ['blind', 'alias']) {
      expect((await look(model)).status).toBe(200);
      expect(upstream.chats.at(-1)?.raw).not.toContain('image_url');
    }
    expect((await look('seeing')).status).toBe(200);
    expect(upstream.chats.at(-1)?.raw).toContain('image_url');
    const models = await describedModels();
    expect(models.blind?.input_modalities).toEqual(['text']);
    expect(models.alias?.input_modalities).toEqual(['text']);
    expect(models.seeing?.input_modalities).toEqual(['text', 'image']);
  });

  it('should be known for it also where it says so in plain text', async () => {
    expect((await look('plain')).body).toMatchObject({ error: { code: 'unsupported_value' } });
    expect((await look('plain')).status).toBe(200);
  });

  it.each(['late', 'late enveloped'])(
    'should be known for it also where it says so within an answer: %s',
    async (model) => {
      const { events } = await postStream(`${gateway.url}/v1/responses`, { ...request(model), stream: true });
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { error: { code: 'invalid_prompt', message: HINT } },
      });
      const { status } = await look(model);
      expect([status, upstream.chats.at(-1)?.raw.includes('image_url')]).toEqual([200, false]);
    },
  );
});

describe('the context window that Codex is told of', () => {
  it('should be the one that the model server lists', async () => {
    const windows = Object.values(await describedModels()).map((model) => [model.slug, model.context_window]);
    expect(Object.fromEntries(windows)).toEqual({
      blind: 32_768,
      seeing: 8_192,
      adapter: 32_768,
      unknown: 272_000,
      alias: 32_768,
      first: 32_768,
      other: 272_000,
    });
  });
});
