import { jest } from '@jest/globals';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { HeldStream } from '../support/held-stream.js';
import { printFigure } from '../support/figures.js';
import { type OpenStream, openStream, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { describeBehindEach, type Proxy } from '../support/proxies.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'q' };
const STREAMS = 20;
const CLIENTS = 6;
/** Answers that the clients get before the replica is told to end, while it ends, and after that. */
const ANSWERS = 60;

// Each test starts several processes of its own.
jest.setTimeout(180_000);

const built = useBuiltGateway();

describeBehindEach('a replica that ends behind', (program) => {
  let upstream: FakeUpstream;
  let proxy: Proxy | undefined;
  let held: HeldStream;

  beforeEach(async () => {
    held = new HeldStream();
    upstream = await startFakeUpstream(({ path, body }) => {
      if (path !== '/v1/chat/completions') return undefined;
      return (body as Json).stream ? { chunks: held.chunks() } : { body: completion({ content: 'pong' }) };
    });
  });
  afterEach(async () => {
    held.release();
    await proxy?.stop();
    await upstream.close();
  });

  it('should cut nothing under load', async () => {
    const variables = { UPSTREAM_BASE_URL: upstream.url, SHUTDOWN_GRACE_MS: '60000' };
    const leaving = built.run(variables);
    const staying = built.run(variables);
    proxy = await program.start([await leaving.listening(), await staying.listening()]);
    const url = `${proxy.url}/v1/responses`;
    const streams = await Promise.all(Array.from({ length: STREAMS }, () => beginStream(url)));
    const load = new Load(url);
    await load.more(ANSWERS);

    leaving.signal('SIGTERM');
    await load.more(ANSWERS);
    expect(leaving.isRunning).toBe(true);

    held.release();
    for (const stream of streams) await expectPong(stream);
    await expect(leaving.exited).resolves.toBe(0);
    await load.more(ANSWERS);
    await load.stop();
    printFigure(
      `SIGTERM behind ${program.name} with ${STREAMS} streams and ${CLIENTS} busy clients`,
      `0 streams cut, ${load.failures.length} of ${load.answers} requests failed`,
      '0',
    );
    expect(load.failures).toEqual([]);
  });
});

async function beginStream(url: string): Promise<OpenStream> {
  const stream = await openStream(url, { ...TURN, stream: true });
  while ((await stream.next())?.type !== 'response.output_text.delta');
  return stream;
}

async function expectPong(stream: OpenStream): Promise<void> {
  await stream.rest();
  checkLifecycle(stream.seen.events);
  expect(stream.seen.events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
}

/** Clients that ask one thing after the other. */
class Load {
  answers = 0;
  readonly failures: unknown[] = [];
  private isOver = false;
  private readonly clients: Promise<void>[];

  constructor(private readonly url: string) {
    this.clients = Array.from({ length: CLIENTS }, () => this.ask());
  }

  async more(count: number): Promise<void> {
    const goal = this.answers + count;
    await until(() => this.answers >= goal);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
  }

  private async ask(): Promise<void> {
    while (!this.isOver) {
      try {
        const { status, body } = await postJson(this.url, TURN);
        if (status === 200) checkResponse(body);
        else this.failures.push({ status, body });
      } catch (error) {
        this.failures.push(error);
      }
      this.answers += 1;
    }
  }
}
