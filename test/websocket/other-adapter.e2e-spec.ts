import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/app.module.js';
import { configureApp, CREATE_OPTIONS } from '../../src/app.setup.js';
import { chatStream, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

describe("an application that was created with Nest's own adapter", () => {
  let upstream: FakeUpstream;
  let app: NestExpressApplication;
  beforeAll(async () => {
    upstream = await startFakeUpstream(() => ({ body: chatStream(['Hello', '.']) }));
    const environment = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE_MS: '0',
      DATABASE_URL: 'none',
      UPSTREAM_BASE_URL: upstream.url,
    };
    app = configureApp(await NestFactory.create(AppModule.register({ environment }), CREATE_OPTIONS));
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  it('should answer over HTTP and over a WebSocket', async () => {
    const url = await app.getUrl();
    const { events } = await postStream(`${url}/v1/responses`, { model: 'm', input: 'Hi', stream: true });
    checkLifecycle(events);
    const client = await SocketClient.open(url);
    const { events: turn, response } = await client.turn({ input: 'Hi' });
    checkLifecycle(turn);
    expect(response).toMatchObject({ status: 'completed', output_text: 'Hello.' });
    await client.close();
  });
});
