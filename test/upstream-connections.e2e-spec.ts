import { createTestApp } from './support/create-test-app.js';
import { chatStream, startFakeUpstream, textDelta } from './support/fake-upstream.js';
import { postStream } from './support/http-client.js';

describe('a model server that keeps its answer open behind [DONE]', () => {
  it('should not keep the connection from the next request', async () => {
    const upstream = await startFakeUpstream();
    const gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, UPSTREAM_MAX_CONNECTIONS: '1' },
    });
    const ask = () => postStream(`${gateway.url}/v1/responses`, { model: 'm', input: 'hi', stream: true });
    try {
      upstream.reply({ body: chatStream([textDelta('one')]), end: 'hang' });
      upstream.reply(chatStream([textDelta('two')]));
      expect((await ask()).events.at(-1)).toMatchObject({ response: { output_text: 'one' } });
      expect((await ask()).events.at(-1)).toMatchObject({ response: { output_text: 'two' } });
    } finally {
      await gateway.close();
      await upstream.close();
    }
  });
});
