import { setTimeout as pause } from 'node:timers/promises';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { chatFrames, chatStream, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import { openStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { describeBehindEach, type Proxy } from '../support/proxies.js';
import { SocketClient } from '../support/ws-client.js';

const STREAM = { model: 'test-model', input: 'q', stream: true };

export interface Silence {
  /** Time limit of the proxy on a connection on which nothing is sent. */
  limitSeconds: number;
  /** Until the model server answers at all, and then between two of its events. */
  prefillSeconds: number;
  pauseSeconds: number;
  /** How the gateway is told to send signs of life within the limit; none: as it does by itself. */
  environment?: Record<string, string>;
}

/** What is longer than a proxy's limit has to get through it: declares the tests for each proxy. */
export function describeSilence(silence: Silence): void {
  const { limitSeconds, prefillSeconds, pauseSeconds, environment } = silence;
  const longest = prefillSeconds + pauseSeconds;

  describeBehindEach('silence behind', (program) => {
    let upstream: FakeUpstream;
    let gateway: TestApp | undefined;
    let proxy: Proxy | undefined;

    async function start(variables: Record<string, string> = {}): Promise<string> {
      gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...variables } });
      proxy = await program.start([gateway.url], { idleLimit: `${limitSeconds}s`, checks: false });
      return proxy.url;
    }

    beforeEach(async () => {
      upstream = await startFakeUpstream(({ path }) =>
        path === '/v1/chat/completions'
          ? { delayHeaders: pause(prefillSeconds * 1_000), chunks: pausedStream() }
          : undefined,
      );
    });
    afterEach(async () => {
      await proxy?.stop();
      await gateway?.close();
      await upstream.close();
    });

    async function* pausedStream(): AsyncGenerator<string> {
      yield* chatFrames(['po'], { finish: null, usage: null, done: false });
      await pause(pauseSeconds * 1_000);
      yield chatStream(['ng']);
    }

    it(
      `should not cut a stream with ${prefillSeconds} s of prefill and ${pauseSeconds} s of silence at ${limitSeconds} s, nor an idle WebSocket`,
      async () => {
        const url = await start(environment);
        const socket = await SocketClient.open(url);
        const stream = await openStream(`${url}/v1/responses`, STREAM);
        await stream.rest();
        checkLifecycle(stream.seen.events);
        expect(stream.seen.events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
        const { response } = await socket.turn({ input: 'q' });
        expect(response).toMatchObject({ status: 'completed', output_text: 'pong' });
        await socket.close();
        const signs = stream.seen.comments.length;
        printFigure(
          `stream behind ${program.name}, limit ${limitSeconds} s`,
          `whole, ${signs} comments`,
          'whole',
        );
      },
      (2 * longest + 60) * 1_000,
    );

    it(
      'should be cut by the proxy without signs of life: the limit is in force',
      async () => {
        const url = await start({ KEEP_ALIVE_INTERVAL_MS: '0', STREAM_START_TIMEOUT_MS: '1' });
        const stream = await openStream(`${url}/v1/responses`, STREAM);
        await expect(stream.rest()).rejects.toThrow();
        await upstream.waitForAbort();
      },
      (2 * longest + 60) * 1_000,
    );
  });
}
