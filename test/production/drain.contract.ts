import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import { getJson, type OpenStream, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import type { SseStream } from '../support/sse-reader.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

const GRACE_MS = 60_000;
/** Of JSON answers and of WebSocket turns that run beside the streams. */
const OTHERS = 10;
const NEW = 4;
const TURN = { model: 'test-model' };
const OVERLOADED = { status: 503, type: 'server_error', code: 'server_is_overloaded' };

export interface Drain {
  /** Open at the signal: half of them have got some of their text, the others wait for the first token. */
  streams: number;
  rounds: number;
}

/** A gateway that is told to end: declares the test that it cuts nothing, and takes nothing new. */
export function describeDrain({ streams, rounds }: Drain): void {
  describe('SIGTERM', () => {
    const built = useBuiltGateway();
    let upstream: FakeUpstream;
    const running = streams + 2 * OTHERS;
    let release: () => void;
    let released: Promise<void>;

    beforeEach(async () => {
      upstream = await startFakeUpstream(({ path, body }) => {
        if (path !== '/v1/chat/completions') return undefined;
        const { messages, stream } = body as { messages: [{ content: string }]; stream?: boolean };
        const text = messages[0].content;
        if (stream !== true) return { delayHeaders: released, body: completion({ content: text }) };
        if (text.startsWith('early')) return { delayHeaders: released, body: chatStream([text]) };
        return { chunks: heldStream(text) };
      });
    });
    afterEach(() => upstream.close());

    async function* heldStream(text: string): AsyncGenerator<string> {
      yield* chatFrames([text.slice(0, 3)], { finish: null, usage: null, done: false });
      await released;
      yield chatStream([text.slice(3)]);
    }

    it(`should cut none of ${streams} streams, and take nothing new`, async () => {
      const cut: unknown[] = [];
      let refused = 0;
      let longest = 0;
      for (let round = 0; round < rounds; round++) {
        released = new Promise((resolve) => (release = resolve));
        const gateway = built.run({
          UPSTREAM_BASE_URL: upstream.url,
          SHUTDOWN_GRACE_MS: String(GRACE_MS),
          LOG_LEVEL: 'silent',
        });
        const url = await gateway.listening();
        const before = upstream.chats.length;
        const midway = await Promise.all(numbered('midway', streams / 2, (input) => begin(url, input)));
        const endings = Promise.allSettled([
          ...midway.map((stream, n) => expectEnd(stream, `midway ${n}`)),
          ...numbered('early', streams / 2, (input) => expectStream(url, input)),
          ...numbered('whole', OTHERS, (input) => expectWhole(url, input)),
          ...numbered('turn', OTHERS, (input) => expectTurn(url, input)),
        ]);
        await until(() => upstream.chats.length === before + running);

        const signalled = performance.now();
        gateway.signal('SIGTERM');
        await until(async () => (await getJson(`${url}/health/ready`)).status === 503);
        refused += await expectRefused(url);
        expect(upstream.chats.length).toBe(before + running);
        expect(gateway.isRunning).toBe(true);

        release();
        for (const ending of await endings) if (ending.status === 'rejected') cut.push(ending.reason);
        expect(await gateway.exited).toBe(0);
        longest = Math.max(longest, performance.now() - signalled);
        await expect(getJson(`${url}/health/live`)).rejects.toThrow('ECONNREFUSED');
      }
      printFigure(
        `SIGTERM with ${streams} streams, ${OTHERS} JSON answers and ${OTHERS} WebSocket turns open, ${rounds} times`,
        `${cut.length} cut, ${refused} of ${rounds * NEW} new requests refused with 503, exit 0`,
        '0 cut',
      );
      expect(cut).toEqual([]);
      expect(longest).toBeLessThan(GRACE_MS);
    }, 900_000);
  });
}

function numbered<T>(name: string, count: number, make: (input: string) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(`${name} ${n}`));
}

/** A stream of which some text has come. */
async function begin(url: string, input: string): Promise<OpenStream> {
  const stream = await openStream(`${url}/v1/responses`, { ...TURN, input, stream: true });
  while ((await stream.next())?.type !== 'response.output_text.delta');
  return stream;
}

async function expectEnd(stream: OpenStream, text: string): Promise<void> {
  await stream.rest();
  expectCompleted(stream.seen, text);
}

async function expectStream(url: string, input: string): Promise<void> {
  expectCompleted(await postStream(`${url}/v1/responses`, { ...TURN, input, stream: true }), input);
}

function expectCompleted({ events, done }: Readonly<SseStream>, output_text: string): void {
  checkLifecycle(events);
  expect(done).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text } });
}

async function expectWhole(url: string, input: string): Promise<void> {
  const { status, body } = await postJson(`${url}/v1/responses`, { ...TURN, input });
  expect(status).toBe(200);
  checkResponse(body);
  expect(body).toMatchObject({ status: 'completed', output_text: input });
}

async function expectTurn(url: string, input: string): Promise<void> {
  const client = await SocketClient.open(url);
  const { events, response } = await client.turn({ input });
  checkLifecycle(events);
  expect(response).toMatchObject({ status: 'completed', output_text: input });
  await client.closed;
}

/** @returns how many requests were made that are refused while the others go on */
async function expectRefused(url: string): Promise<number> {
  const answers = [
    await postJson(`${url}/v1/responses`, { ...TURN, input: 'late' }),
    await postJson(`${url}/v1/responses`, { ...TURN, input: 'late', stream: true }),
    await getJson(`${url}/v1/models`),
    await refusedUpgrade(`${url}/v1/responses`),
  ];
  for (const answer of answers) {
    expectEnvelope(answer, OVERLOADED);
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }
  return answers.length;
}
