import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';

describe('the gateway on its built-in simulator', () => {
  let gateway: TestApp;
  beforeAll(async () => {
    gateway = await createTestApp();
  });
  afterAll(() => gateway.close());

  it('should answer a plain turn', async () => {
    const { status, body } = await postJson(`${gateway.url}/v1/responses`, {
      model: 'default',
      input: 'Reply exactly: pong',
    });
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({ output_text: 'pong' });
  });

  it('should stream a plain turn', async () => {
    const { events } = await postStream(`${gateway.url}/v1/responses`, {
      model: 'default',
      input: 'Reply exactly: pong',
      stream: true,
    });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'pong' } });
  });
});
