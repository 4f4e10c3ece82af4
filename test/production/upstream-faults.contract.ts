import { expectEnvelope } from '../support/error-envelope.js';
import { printFigure } from '../support/figures.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { type JsonAnswer, postJson, postStream } from '../support/http-client.js';
import { recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { memoryOf, peakMemoryOf } from '../support/process-memory.js';
import { RawUpstream } from '../support/raw-upstream.js';
import { until } from '../support/until.js';
import {
  type Ending,
  fineJson,
  fineStream,
  UPSTREAM_FAULTS,
  type UpstreamFault,
} from '../support/upstream-faults.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const MEBIBYTE = 1024 * 1024;
const MAX_ANSWER_MIB = 64;
/** Of an answer without end: what the gateway may read, and what the sockets between the two hold. */
const MAX_TAKEN_MIB = 2 * MAX_ANSWER_MIB;
/** One answer as bytes, as text, and in the events that are made of it, before the garbage is collected. */
const MAX_MEMORY_MIB = 8 * MAX_ANSWER_MIB;
const TURN = { model: 'test-model', input: 'q' };
const FORMS = ['stream', 'json'] as const;
const PONG = { text: 'pong' };

type Form = (typeof FORMS)[number];

/** Broken answers of a model server: declares the test that each ends as it should, and that the gateway goes on. */
export function describeUpstreamFaults({ rounds }: { rounds: number }): void {
  describe('broken answers of a model server', () => {
    const built = useBuiltGateway();
    let upstream: RawUpstream;
    let gateway: GatewayProcess;
    let url: string;
    /** Of the last answer, bytes. */
    let taken: number;

    beforeEach(async () => {
      upstream = await RawUpstream.start();
      gateway = built.run({
        UPSTREAM_BASE_URL: upstream.url,
        UPSTREAM_MAX_ANSWER_BYTES: String(MAX_ANSWER_MIB * MEBIBYTE),
        UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '2000',
        UPSTREAM_IDLE_TIMEOUT_MS: '2000',
        LOG_LEVEL: 'silent',
      });
      url = `${await gateway.listening()}/v1/responses`;
    });
    afterEach(() => upstream.close());

    async function expectSurvived(fault: UpstreamFault, form: Form): Promise<void> {
      const [answer, ending] = fault[form];
      upstream.answer = (socket) => {
        const before = socket.bytesWritten;
        socket.once('close', () => (taken = socket.bytesWritten - socket.writableLength - before));
        return answer(socket);
      };
      await expectEnding(url, form, ending);
      if (fault.isEndless) await until(() => upstream.sockets.size === 0);
      upstream.answer = form === 'stream' ? fineStream : fineJson;
      await expectEnding(url, form, PONG);
    }

    it('should end as they should, each, and cost no more than is allowed', async () => {
      upstream.answer = fineJson;
      await expectEnding(url, 'json', PONG);
      const idle = memoryOf(gateway.pid);
      let survived = 0;
      let mostTaken = 0;
      for (let round = 0; round < rounds; round++) {
        for (const fault of UPSTREAM_FAULTS) {
          for (const form of FORMS) {
            try {
              await expectSurvived(fault, form);
            } catch (cause) {
              throw new Error(`${fault.name}, ${form}: ${String(cause)}`, { cause });
            }
            survived += 1;
            if (fault.isEndless) mostTaken = Math.max(mostTaken, taken / MEBIBYTE);
          }
        }
      }
      const all = rounds * FORMS.length * UPSTREAM_FAULTS.length;
      const memory = (peakMemoryOf(gateway.pid) - idle) / MEBIBYTE;
      printFigure('upstream faults survived', `${survived} of ${all}`, `${all} of ${all}`);
      printFigure(
        `taken of an endless answer, UPSTREAM_MAX_ANSWER_BYTES ${MAX_ANSWER_MIB} MiB`,
        `${mostTaken.toFixed(0)} MiB`,
        `<= ${MAX_TAKEN_MIB} MiB`,
      );
      printFigure(
        `memory of the gateway at most beyond idle, over ${all} upstream faults`,
        `${memory.toFixed(0)} MiB`,
        `<= ${MAX_MEMORY_MIB} MiB`,
      );
      expect(gateway.isRunning).toBe(true);
      // An answer that is read to its limit is one of those without end.
      expect(mostTaken).toBeGreaterThan(MAX_ANSWER_MIB - 1);
      expect(mostTaken).toBeLessThan(MAX_TAKEN_MIB);
      expect(memory > MAX_MEMORY_MIB).toBe(false);
    }, 900_000);
  });
}

async function expectEnding(url: string, form: Form, ending: Ending): Promise<void> {
  const { answer, response } = await ask(url, form);
  if (Array.isArray(ending)) {
    const [status, code] = ending;
    expectEnvelope(answer, { status, type: 'server_error', code });
    return;
  }
  expect(answer.status).toBe(200);
  const { status, output_text } = response as { status: string; output_text: string };
  const text = ending === 'failed' ? 'po' : ending.text;
  expect(status).toBe(ending === 'failed' ? 'failed' : 'completed');
  // Not by `toEqual` alone: that would print 16 MiB.
  expect([output_text.length, output_text.slice(0, 20)]).toEqual([text.length, text.slice(0, 20)]);
  expect(output_text === text).toBe(true);
}

/** The answer and, where it is not an error, the response that it ended with. */
async function ask(url: string, form: Form): Promise<{ answer: JsonAnswer; response?: unknown }> {
  if (form === 'json') {
    const answer = await postJson(url, TURN);
    if (answer.status === 200) checkResponse(answer.body);
    return { answer, response: answer.body };
  }
  const answer = await postStream(url, { ...TURN, stream: true });
  if (answer.status !== 200) return { answer };
  checkLifecycle(answer.events);
  return { answer, response: recordOf(answer.events.at(-1)).response };
}
