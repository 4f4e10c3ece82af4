import { connect } from 'node:net';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';
import { createTestApp } from '../support/create-test-app.js';
import { postJson } from '../support/http-client.js';
import { chatBody, post } from './chat-client.js';

const QUESTION = chatBody('Count to 9', { chat_template_kwargs: { enable_thinking: false } });
const STREAMED = { ...QUESTION, stream: true };
const LONG = { ...chatBody('Count to 9999'), stream: true };

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The text of an answer, or the message of the error it ended with. */
function outcome(response: Promise<Response>): Promise<string> {
  return response.then((answer) => answer.text()).catch((error: unknown) => String(error));
}

describe('Faults of the simulator', () => {
  const running: Simulator[] = [];

  const start = async (...options: Parameters<typeof startSimulator>) => {
    const simulator = await startSimulator(...options);
    running.push(simulator);
    return simulator;
  };

  afterEach(async () => {
    await Promise.all(running.splice(0).map((simulator) => simulator.close()));
  });

  const text = async (url: string, fault: string, body: object = STREAMED) =>
    (await post(url, body, { 'x-sim-fault': fault })).text();

  it.each(['429', '500', '503'])('should answer status %s', async (status) => {
    const { url, stats } = await start();
    const response = await post(url, QUESTION, { 'x-sim-fault': status });
    expect(response.status).toBe(Number(status));
    expect(await response.json()).toMatchObject({ code: Number(status), object: 'error' });
    expect(response.headers.get('retry-after')).toBe(status === '500' ? null : '1');
    expect(stats.faults).toBe(1);
  });

  it('should reset the connection before an answer', async () => {
    const { url, stats } = await start();
    await expect(post(url, QUESTION, { 'x-sim-fault': 'reset' })).rejects.toThrow('fetch failed');
    expect(stats.aborted).toBe(0);
  });

  it.each([STREAMED, QUESTION])('should cut an answer in the middle, streamed or not', async (body) => {
    const { url } = await start();
    const response = await post(url, body, { 'x-sim-fault': 'cut' });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('should send an error line in the stream', async () => {
    const { url } = await start();
    const frames = (await text(url, 'midstream')).split('\n\n');
    expect(frames.slice(2, 4)).toEqual([
      expect.stringMatching(/^data: \{"error": \{"message": .*"code": 500/) as string,
      'data: [DONE]',
    ]);
    expect((await post(url, QUESTION, { 'x-sim-fault': 'midstream' })).status).toBe(500);
  });

  it('should send a line that no parser can read', async () => {
    const { url } = await start();
    const malformed = (await text(url, 'malformed')).split('\n\n');
    expect(malformed.filter((frame) => frame.endsWith('"delta": {'))).toHaveLength(1);
    expect(malformed.at(-2)).toBe('data: [DONE]');
    const whole = await post(url, QUESTION, { 'x-sim-fault': 'malformed' });
    await expect(whole.json()).rejects.toThrow('JSON');
  });

  it('should fail before the end of an answer that is shorter than it should wait', async () => {
    const { url } = await start();
    const response = await post(
      url,
      { ...STREAMED, max_tokens: 1 },
      { 'x-sim-fault': 'midstream', 'x-sim-fault-after': '3' },
    );
    const frames = (await response.text()).split('\n\n');
    expect(frames).toHaveLength(4);
    expect(frames.join('')).not.toContain('finish_reason');
  });

  it('should refuse a fault that it does not know', async () => {
    const { url } = await start();
    expect(await text(url, 'fire')).toContain("Unknown fault 'fire'");
  });

  it('should hang until the client leaves', async () => {
    const { url, stats } = await start();
    const leaving = new AbortController();
    const answer = outcome(post(url, STREAMED, { 'x-sim-fault': 'hang' }, leaving.signal));
    await until(() => stats.faults === 1);
    leaving.abort();
    expect(await answer).toMatch(/abort/);
    await until(() => stats.aborted === 1);
    expect(stats).toMatchObject({ active: 0, completed: 0 });
  });

  it('should stop generating when the client goes away', async () => {
    const { url, stats } = await start({ interTokenLatency: 5 });
    const leaving = new AbortController();
    const response = await post(url, LONG, {}, leaving.signal);
    await response.body!.getReader().read();
    leaving.abort();
    await until(() => stats.aborted === 1);
    const { tokens } = stats;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stats).toMatchObject({ tokens, active: 0 });
    expect(stats.chats).toBe(1);
  });

  it('should hold back while the client does not read', async () => {
    const { url, stats } = await start({ sessionLen: 500_000 }, () => 'word '.repeat(200_000));
    const body = JSON.stringify(STREAMED);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pause();
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    let before = -1;
    await until(() => stats.tokens > 100);
    while (stats.tokens !== before) {
      before = stats.tokens;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(stats.tokens).toBeLessThan(100_000);
    socket.destroy();
    await until(() => stats.aborted === 1);
  });

  it('should fail by chance, the same requests for the same seed', async () => {
    const options: Partial<SimulatorOptions> = {
      failureInjectionRate: 50,
      failureTypes: ['429', '503'],
      seed: 3,
    };
    const statuses = async () => {
      const { url } = await start(options);
      const list: number[] = [];
      for (let index = 0; index < 12; index += 1) list.push((await post(url, QUESTION)).status);
      return list;
    };
    const first = await statuses();
    expect(new Set(first)).toEqual(new Set([200, 429, 503]));
    expect(await statuses()).toEqual(first);
  });

  it('should be asked for through the gateway', async () => {
    const gateway = await createTestApp();
    try {
      const ask = (fault: string) =>
        postJson(
          `${gateway.url}/v1/responses`,
          { model: 'default', input: 'Count to 9' },
          { 'x-sim-fault': fault },
        );
      expect(await ask('429')).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
      expect((await ask('fire')).body).toMatchObject({
        error: { message: expect.stringContaining("Unknown fault 'fire'") as string },
      });
    } finally {
      await gateway.close();
    }
  });

  it('should close while streams are open', async () => {
    const simulator = await start({ timeToFirstToken: 3_600_000 });
    const answer = outcome(post(simulator.url, STREAMED));
    await until(() => simulator.stats.active === 1);
    await simulator.close();
    expect(await answer).toMatch(/terminated/);
    await simulator.close();
    expect(simulator.stats.active).toBe(0);
  });
});
