import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { type FakeUpstream, loadRecording, replay, startFakeUpstream } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { checkResponse } from '../support/lifecycle-oracle.js';

const NO_PARSER = 'tool.noparser.400';
const RAW_ANSWER = 'tool.noparser.choice_none.json';
const REQUEST = {
  model: 'Qwen/Qwen3-8B',
  input: 'Search for lmdeploy.',
  tools: [
    {
      type: 'function',
      name: 'search',
      parameters: { type: 'object', properties: { query: { type: 'string' }, limit: { type: 'integer' } } },
    },
  ],
};

describe('the recordings of an LMDeploy that was launched without a tool parser', () => {
  let upstream: FakeUpstream;
  beforeEach(async () => {
    upstream = await startFakeUpstream();
  });
  afterEach(() => upstream.close());

  async function ask(gateway: TestApp): Promise<void> {
    const { status, body } = await postJson(`${gateway.url}/v1/responses`, REQUEST);
    expect(status).toBe(200);
    checkResponse(body);
    const { output } = body as { output: { arguments: string }[] };
    expect(output).toMatchObject([{ type: 'function_call', name: 'search', status: 'completed' }]);
    expect(JSON.parse(output[0]!.arguments)).toEqual({ query: 'lmdeploy', limit: 3 });
  }

  it('should give a call out of its raw text', async () => {
    const gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALL_PARSER: 'qwen3' },
    });
    upstream.reply(replay(loadRecording(RAW_ANSWER)));
    await ask(gateway);
    expect(upstream.chats).toHaveLength(1);
    expect(upstream.chats[0]!.body).toMatchObject({ tool_choice: 'none' });
    await gateway.close();
  });

  it('should be met by its refusal once, and then be asked for raw text', async () => {
    const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
    upstream.reply(replay(loadRecording(NO_PARSER)));
    upstream.reply(replay(loadRecording(RAW_ANSWER)));
    await ask(gateway);
    upstream.reply(replay(loadRecording(RAW_ANSWER)));
    await ask(gateway);
    const choices = upstream.chats.map(({ body }) => (body as { tool_choice?: string }).tool_choice);
    expect(choices).toEqual([undefined, 'none', 'none']);
    await gateway.close();
  });
});
