import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { validateRequest } from '../support/published-schema.js';

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather for a location',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
};
const RED_PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** The HTTP cases of the Open Responses acceptance suite; compaction and WebSocket have files of their own. */
describe('the Open Responses suite', () => {
  let gateway: TestApp;
  let url: string;
  beforeAll(async () => {
    gateway = await createTestApp();
    url = `${gateway.url}/v1/responses`;
  });
  afterAll(() => gateway.close());

  async function create(request: Record<string, unknown>): Promise<Record<string, unknown>> {
    const body = { model: 'lmdeploy-simulator', ...request };
    expect(validateRequest(body)).toEqual([]);
    const answer = await postJson(url, body);
    expect(answer.status).toBe(200);
    checkResponse(answer.body);
    return answer.body as Record<string, unknown>;
  }

  it('should answer a basic text request', async () => {
    const response = await create({
      input: [{ type: 'message', role: 'user', content: 'Reply exactly: hello' }],
    });
    expect(response).toMatchObject({ status: 'completed', output: [{ type: 'message', role: 'assistant' }] });
  });

  it('should take assistant messages with a phase', async () => {
    const response = await create({
      input: [
        { type: 'message', role: 'user', content: 'Say hi' },
        {
          type: 'message',
          role: 'assistant',
          phase: 'commentary',
          content: [{ type: 'output_text', text: 'Thinking.' }],
        },
        {
          type: 'message',
          role: 'assistant',
          phase: 'final_answer',
          content: [{ type: 'output_text', text: 'Hi.' }],
        },
        { type: 'message', role: 'user', content: 'Reply exactly: again' },
      ],
    });
    expect(response.output_text).toBe('again');
  });

  it('should stream events that are valid against the schema', async () => {
    const { events, done } = await postStream(url, {
      model: 'lmdeploy-simulator',
      input: [{ type: 'message', role: 'user', content: 'Count to 5' }],
      stream: true,
    });
    checkLifecycle(events);
    expect(done).toBe(true);
    expect(events.filter(({ type }) => type === 'response.output_text.delta').length).toBeGreaterThan(1);
  });

  it('should take a system prompt', async () => {
    const response = await create({
      input: [
        { type: 'message', role: 'system', content: 'You are a pirate.' },
        { type: 'message', role: 'user', content: 'Reply exactly: arr' },
      ],
    });
    expect(response.output_text).toBe('arr');
  });

  it('should call a tool', async () => {
    const response = await create({
      input: [{ type: 'message', role: 'user', content: 'Call the get_weather tool with location Paris.' }],
      tools: [WEATHER],
    });
    expect(response.output).toMatchObject([
      { type: 'function_call', name: 'get_weather', arguments: '{"location": "Paris"}' },
    ]);
  });

  it('should take an image', async () => {
    const response = await create({
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Reply exactly: red' },
            { type: 'input_image', image_url: RED_PIXEL },
          ],
        },
      ],
    });
    expect(response.output_text).toBe('red');
  });

  it('should take its own output as the next input', async () => {
    const first = await create({
      input: [{ type: 'message', role: 'user', content: 'Call the get_weather tool with location Paris.' }],
      tools: [WEATHER],
    });
    const [call] = first.output as { call_id: string }[];
    const second = await create({
      input: [
        { type: 'message', role: 'user', content: 'What is the weather in Paris?' },
        call,
        { type: 'function_call_output', call_id: call!.call_id, output: '21 degrees' },
      ],
      tools: [WEATHER],
    });
    expect(second.output_text).toContain('21 degrees');
  });
});
