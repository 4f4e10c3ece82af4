import { Agent, request as openRequest } from 'node:http';
import { readSse } from '../../support/sse-reader.js';
import { checkLifecycle } from '../../support/lifecycle-oracle.js';
import { ask, textOf } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { exactly, LLAMA_CPP, MODEL, readSlots, startLlamaCpp } from './llama-cpp.js';

const CLIENTS = 16;
const SHORT_STREAMS = 2_000;

describe('many streams of llama.cpp', () => {
  const stack = useStack(startLlamaCpp, LLAMA_CPP);
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  afterAll(() => {
    agent.destroy();
  });

  it(`should keep ${CLIENTS} at a time apart`, async () => {
    const values = Array.from({ length: CLIENTS }, (_, index) => `stream number ${index} of ${CLIENTS}`);
    const answers = await Promise.all(
      values.map((value) =>
        ask(stack.url, { model: MODEL, input: `Stream ${value}`, text: exactly(value) }, 'streamed'),
      ),
    );
    expect(answers.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
      values.map((value) => ({ value })),
    );
  });

  it(`should lose none of ${SHORT_STREAMS} short ones`, async () => {
    const failures: string[] = [];
    let next = 0;
    const client = async (): Promise<void> => {
      while (next++ < SHORT_STREAMS) {
        const failure = await streamShortly(`${stack.url}/v1/responses`, agent);
        if (failure !== null) failures.push(failure);
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`${failures.length} of ${SHORT_STREAMS} short streams failed (${seconds} s)`);
    expect([...new Set(failures)]).toEqual([]);
    expect(await readSlots(stack.engine)).toMatchObject({ busy: 0 });
  }, 300_000);
});

/** One answer of at most two tokens; what was wrong with it, or null. */
async function streamShortly(url: string, agent: Agent): Promise<string | null> {
  const body = { model: MODEL, temperature: 0, input: 'Hi', max_output_tokens: 2, stream: true };
  try {
    const { status, bytes } = await post(url, JSON.stringify(body), agent);
    if (status !== 200) return `${status}: ${bytes.toString()}`;
    const { events } = readSse(bytes);
    // The published schema is left out: it is checked elsewhere, and takes most of the time.
    checkLifecycle(events, { schema: false });
    const { type, response } = events.at(-1) as unknown as {
      type: string;
      response: Record<string, unknown>;
    };
    if (type === 'response.failed') return JSON.stringify(response.error);
    return textOf(response) === '' ? 'no text' : null;
  } catch (error) {
    return String(error);
  }
}

function post(url: string, body: string, agent: Agent): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = openRequest(url, { method: 'POST', agent, headers }, (message) => {
      const parts: Buffer[] = [];
      message.on('data', (part: Buffer) => parts.push(part));
      message.on('error', reject);
      message.on('end', () => {
        resolve({ status: message.statusCode ?? 0, bytes: Buffer.concat(parts) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
