import { printFigure } from '../support/figures.js';
import { postStream, type StreamAnswer } from '../support/http-client.js';
import { recordOf } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { ModelProcess } from '../support/model-process.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

export interface ManyStreams {
  /** At once. */
  streams: number;
  /** Of each; a delta each. */
  tokens: number;
}

const TERMINAL = /^response\.(?:completed|incomplete|failed)$/;

/** Streams side by side: declares the test that each is its own, whole and in order. */
export function describeManyStreams({ streams, tokens }: ManyStreams): void {
  describe('streams side by side', () => {
    const built = useBuiltGateway();
    const model = new ModelProcess();

    beforeEach(() => model.start());
    afterEach(() => model.kill());

    it(`should each be exact: ${streams} of ${tokens} tokens`, async () => {
      const gateway = built.run({ UPSTREAM_BASE_URL: model.url, LOG_LEVEL: 'silent' });
      const url = `${await gateway.listening()}/v1/responses`;
      const questions = Array.from({ length: streams }, (_, stream) =>
        Array.from({ length: tokens }, (_token, index) => `s${stream}t${index}`).join(' '),
      );
      const answers = await Promise.all(
        questions.map((input) => postStream(url, { model: 'test-model', input, stream: true })),
      );
      const faults = answers.map((answer, index) => faultOf(answer, questions[index] ?? '', tokens));
      const wrong = faults.filter((fault) => fault !== null);
      printFigure(
        `${streams} streams of ${tokens} tokens at once, exact to the last event`,
        `${streams - wrong.length} of ${streams}`,
        `${streams} of ${streams}`,
      );
      expect(wrong).toEqual([]);
    }, 900_000);
  });
}

/** What is wrong with an answer that should repeat the question. */
function faultOf({ status, events, done }: StreamAnswer, question: string, tokens: number): string | null {
  if (status !== 200 || !done) return `status ${status}, [DONE]: ${done}`;
  try {
    checkLifecycle(events);
  } catch (error) {
    return String(error);
  }
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
  const ends = events.filter(({ type }) => TERMINAL.test(type));
  const text = deltas.map((event) => String(recordOf(event).delta)).join('');
  const { response } = recordOf(ends[0]);
  if (ends.length !== 1 || ends[0]?.type !== 'response.completed') return `${ends.length} ends`;
  if (text !== question || recordOf(response).output_text !== question) return 'another text';
  return deltas.length === tokens ? null : `${deltas.length} deltas`;
}
