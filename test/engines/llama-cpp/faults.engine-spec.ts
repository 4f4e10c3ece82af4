import { setTimeout as pause } from 'node:timers/promises';
import type { ResponseEvent } from '../../../src/contracts/response-events.js';
import { expectEnvelope } from '../../support/error-envelope.js';
import { openStream, postJson, postStream } from '../../support/http-client.js';
import { checkLifecycle } from '../../support/lifecycle-oracle.js';
import { SocketClient } from '../../support/ws-client.js';
import { ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { CONTEXT, exactly, LLAMA_CPP, MODEL, readSlots, startLlamaCpp } from './llama-cpp.js';

/** Writes until the context is full: many seconds. */
const LONG = { model: MODEL, input: 'Tell me a very long story.', ignore_eos: true };
const SHORT = { model: MODEL, temperature: 0, max_output_tokens: 40, input: 'Go.', text: exactly('red') };
const UNREACHABLE = { status: 502, type: 'server_error', code: 'upstream_unreachable' };
const PATIENCE_MS = 20_000;
/**
 * llama.cpp looks whether the client of an answer that is not streamed is still there when a second has gone by in which it
 * answered nobody: who asks it for its slots more often keeps it from that.
 */
const LOOK_EVERY_MS = 1_500;

describe('llama.cpp', () => {
  const stack = useStack(startLlamaCpp, LLAMA_CPP);
  const path = (): string => `${stack.url}/v1/responses`;

  /** Waits until so many slots are busy; fails where they are not soon. */
  async function expectBusy(count: number): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    const isReached = async (): Promise<boolean> => (await readSlots(stack.engine)).busy === count;
    while (!(await isReached()) && performance.now() < end) await pause(LOOK_EVERY_MS);
    expect(await readSlots(stack.engine)).toMatchObject({ busy: count });
  }

  /** Waits until nothing is written any more, and fails where an answer has been written to its end. */
  async function expectStopped(): Promise<void> {
    await expectBusy(0);
    expect((await readSlots(stack.engine)).longest).toBeLessThan(CONTEXT - 100);
  }

  describe('whose client leaves', () => {
    it('should stop a streamed answer', async () => {
      const stream = await openStream(path(), { ...LONG, stream: true });
      await untilText(() => stream.next());
      await expectBusy(1);
      stream.destroy();
      await expectStopped();
    });

    it('should stop an answer that is not streamed', async () => {
      const leaving = new AbortController();
      const asked = fetch(path(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(LONG),
        signal: leaving.signal,
      });
      await expectBusy(1);
      leaving.abort();
      await expect(asked).rejects.toThrow(/abort/);
      await expectStopped();
    });

    it('should stop a turn of a WebSocket', async () => {
      const client = await SocketClient.open(stack.url);
      client.send(LONG);
      await untilText(() => client.next());
      await expectBusy(1);
      client.socket.terminate();
      await expectStopped();
    });

    it('should answer others at the same time', async () => {
      const streams = await Promise.all(
        Array.from({ length: 4 }, () => openStream(path(), { ...LONG, stream: true })),
      );
      const [answer] = await Promise.all([
        ask(stack.url, SHORT),
        ...streams.map((stream) => untilText(() => stream.next())),
      ]);
      expect(JSON.parse(answer.text)).toEqual({ value: 'red' });
      for (const stream of streams) stream.destroy();
      await expectStopped();
    });
  });

  describe('when it is killed and started again', () => {
    it('should fail what runs, refuse what comes, and then answer everything again', async () => {
      // Leaves connections in the pool that are dead afterwards.
      await Promise.all(Array.from({ length: 8 }, () => ask(stack.url, SHORT)));
      const stream = await openStream(path(), { ...LONG, stream: true });
      const whole = postJson(path(), LONG);
      await untilText(() => stream.next());
      await expectBusy(2);
      await stack.engine.kill();

      await stream.rest();
      const { events } = stream.seen;
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { error: { code: 'server_error' } },
      });
      // No answer had begun: whether the server can be reached is all that is known of it.
      const failed = await whole;
      expect(failed.status).toBe(502);
      expect(failed.body).toMatchObject({ error: { type: 'server_error', code: /^upstream_/ } });

      for (const body of [SHORT, { ...SHORT, stream: true }]) {
        const refused = await postJson(path(), body);
        expectEnvelope(refused, UNREACHABLE);
        expect(refused.raw).not.toContain('127.0.0.1');
      }

      const restarted = stack.restartEngine();
      // While the model is loaded the server listens, and answers 503.
      const early = await postJson(path(), SHORT);
      expect([502, 503]).toContain(early.status);
      expect(early.body).toMatchObject({ error: { type: 'server_error' } });
      await restarted;
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, index) => ask(stack.url, SHORT, WAYS[index % 2])),
      );
      expect(answers.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
        answers.map(() => ({ value: 'red' })),
      );
    });

    it('should not be noticed by a client that asks between two answers', async () => {
      for (let round = 0; round < 2; round++) {
        const { events } = await postStream(path(), { ...SHORT, stream: true });
        checkLifecycle(events);
        await stack.engine.kill();
        await stack.restartEngine();
      }
      expect(JSON.parse((await ask(stack.url, SHORT)).text)).toEqual({ value: 'red' });
    });
  });
});

async function untilText(next: () => Promise<ResponseEvent | object | undefined>): Promise<void> {
  for (let event = await next(); event !== undefined; event = await next())
    if ((event as { type?: unknown }).type === 'response.output_text.delta') return;
  throw new Error('The answer ended without text.');
}
