import fc from 'fast-check';
import { checkAnyAnswer, checkRefusal } from '../support/any-answer.js';
import { apiDocument } from '../support/api-document.js';
import {
  CHAT_PATH,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import { postStream, type StreamAnswer } from '../support/http-client.js';
import { isRecord, type Json, recordOf } from '../support/json.js';
import { functionTool, VALID, wireMutationsOf } from '../support/mutated-bodies.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const COUNT_PATH = '/v1/messages/count_tokens';
const AT_ONCE = 8;
/** Longer than any time limit of the gateway that such a request can run into: what takes longer hangs. */
const HANGS_AFTER_MS = 60_000;

const SCHEMA = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[a-z]+$' },
    age: { type: ['integer', 'null'], minimum: 0, maximum: 150, multipleOf: 1 },
    kind: { enum: ['a', 'b'] },
    tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 0, maxItems: 3 },
    more: { anyOf: [{ type: 'string' }, { type: 'object', properties: {}, additionalProperties: false }] },
  },
  required: ['name', 'age', 'kind', 'tags', 'more'],
  additionalProperties: false,
  $defs: { tag: { type: 'string', format: 'date' } },
};
const FITTING = JSON.stringify({ name: 'a', age: 1, kind: 'a', tags: [], more: '' });
/** With everything strict. */
const STRICT: Json[] = [
  { input: 'hi', text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA, strict: true } } },
  {
    input: 'hi',
    tools: [{ ...functionTool, parameters: SCHEMA }],
    tool_choice: 'required',
    text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA, strict: true } },
    stream: true,
  },
];
/** With STRICT_OUTPUT=fail, what the model says may not be what a mutated schema wants: that is the model's fault. */
const OF_THE_MODEL = /output_schema_violation|output does not match the JSON schema/;

interface Mutated {
  path: string;
  bytes: Buffer;
}

function mutatedRequests(): fc.Arbitrary<Mutated> {
  const model = { model: 'test-model' };
  const described = Object.entries(apiDocument().paths)
    .filter(([path, { post }]) => post?.requestBody && !path.includes('{'))
    .filter(([path]) => /^\/v1\/(responses|conversations)/.test(path))
    .flatMap(([path, { post }]) =>
      Object.values(post?.requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => ({
        path,
        body: { ...recordOf(value), ...('model' in recordOf(value) ? model : {}) },
      })),
    );
  const bodiesOf = (path: string): Json[] =>
    described.filter((one) => one.path === path).map(({ body }) => body);
  const sent = (path: string, bodies: Json[]): fc.Arbitrary<Mutated> =>
    wireMutationsOf(bodies).map((bytes) => ({ path, bytes }));
  const others = [...new Set(described.map(({ path }) => path))].filter((path) => path !== '/v1/responses');
  return fc.oneof(
    {
      weight: 4,
      arbitrary: sent('/v1/responses', [
        ...VALID.map((body) => ({ ...model, ...body })),
        ...bodiesOf('/v1/responses'),
      ]),
    },
    {
      weight: 3,
      arbitrary: sent(
        '/v1/responses',
        STRICT.map((body) => ({ ...model, ...body })),
      ),
    },
    ...others.map((path) => ({ weight: 1, arbitrary: sent(path, bodiesOf(path)) })),
  );
}

export interface MutatedBodies {
  count: number;
  /** Absent: another one each time, which is printed. */
  seed?: number;
}

/** Mistakes of clients are never answered as faults of the gateway, with strict output on: declares the test. */
export function describeMutatedBodies({ count, seed = Date.now() % 2 ** 31 }: MutatedBodies): void {
  describe('a gateway with strict output', () => {
    const built = useBuiltGateway();
    let upstream: FakeUpstream;

    beforeAll(async () => {
      upstream = await startFakeUpstream(({ path, body }) => {
        if (path === COUNT_PATH) return { body: '{"input_tokens":1}' };
        if (path !== CHAT_PATH) return undefined;
        const { stream, response_format: format } = recordOf(body);
        const text = isRecord(format) ? FITTING : 'pong';
        return { body: stream === true ? chatStream([text]) : completion({ content: text }) };
      });
    });
    afterAll(() => upstream.close());

    it(
      `should answer ${count} mutated bodies without a fault of its own (seed ${seed})`,
      async () => {
        const gateway = built.run({
          UPSTREAM_BASE_URL: upstream.url,
          DATABASE_URL: 'memory:',
          STRICT_OUTPUT: 'fail',
          STRICT_OUTPUT_TIMEOUT_MS: '15000',
          LOG_LEVEL: 'error',
        });
        const url = await gateway.listening();
        const statuses = new Map<number, number>();
        const faults: string[] = [];

        async function send({ path, bytes }: Mutated): Promise<void> {
          const answer = await within(postStream(url + path, bytes), HANGS_AFTER_MS);
          const { status, raw } = answer;
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (path === '/v1/responses') checkAnyAnswer(answer);
          else if (status !== 200) checkRefusal(answer);
          const failed = failureOf(answer);
          // What is answered can be stored too.
          if (answer.headers['x-gateway-warning']?.includes('not_stored')) throw new Error('not stored');
          if ((status >= 500 || failed) && !OF_THE_MODEL.test(raw)) throw new Error(raw.slice(-500));
        }

        const requests = mutatedRequests();
        let left = count;
        let batch = 0;
        const work = async (): Promise<void> => {
          while (left > 0 && faults.length < 20) {
            const numRuns = Math.min(left, 50);
            left -= numRuns;
            for (const request of fc.sample(requests, { seed: seed + batch++, numRuns })) {
              await send(request).catch((error: unknown) => {
                faults.push(`${request.path} ${request.bytes.toString('latin1')}\n  ${String(error)}`);
              });
            }
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));

        const served = [...statuses].sort(([a], [b]) => a - b).map(([status, many]) => `${many} x ${status}`);
        printFigure(
          `client faults answered 5xx, hangs and crashes in ${count} mutated bodies, seed ${seed}`,
          `${faults.length + Number(!gateway.isRunning)} (${served.join(', ')})`,
          '0',
        );
        expect(faults).toEqual([]);
        expect(gateway.isRunning).toBe(true);
        expect(gateway.stderr).toBe('');
        // Else everything was refused for one and the same mistake.
        expect(statuses.get(200)).toBeGreaterThan(count / 20);
        expect(statuses.get(400)).toBeGreaterThan(count / 20);
      },
      60_000 + count * 1_000,
    );
  });
}

/** What a stream ended with. */
function failureOf({ events }: StreamAnswer): boolean {
  return events.at(-1)?.type === 'response.failed';
}

function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
