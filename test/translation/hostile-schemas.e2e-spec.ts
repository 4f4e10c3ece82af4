import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const ATTACKERS = 3;

/** Measures the event loop from within, and writes what it has measured on a signal. */
const MEASURE = `
  import { writeFileSync } from 'node:fs';
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  process.on('SIGUSR2', () => {
    writeFileSync('lag.txt', String(lag.percentile(99) / 1e6));
    lag.reset();
  });
`;

interface Attack {
  schema: Record<string, unknown>;
  /** What the model server says. */
  text: string;
}

function properties(count: number): Record<string, unknown> {
  const names = Array.from({ length: count }, (_, index) => `property_${index}`);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string', minLength: 1 }])),
    required: names,
    additionalProperties: false,
  };
}

/** Each definition refers to the next one twice: 2^depth visits. */
function doubled(depth: number): Record<string, unknown> {
  const $defs: Record<string, unknown> = { [`d${depth}`]: { type: 'string' } };
  for (let level = 0; level < depth; level++) {
    const next = { $ref: `#/$defs/d${level + 1}` };
    $defs[`d${level}`] = { allOf: [next, next] };
  }
  return { $ref: '#/$defs/d0', $defs };
}

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);
const objects = JSON.stringify(Array.from({ length: 16_000 }, (_, id) => ({ id })));

const ATTACKS: Record<string, Attack> = {
  'a pattern that backtracks': {
    schema: { type: 'string', pattern: '^(a+)+$' },
    text: JSON.stringify(`${'a'.repeat(40)}!`),
  },
  'a pattern that nests': { schema: { type: 'string', pattern: nested('(', '{9})', 300) }, text: '"a"' },
  'a pattern that repeats': {
    schema: { type: 'string', pattern: '((([\\u0000-\\uffff]{999}){999}){999}){999}' },
    text: '"a"',
  },
  'unique items': { schema: { type: 'array', uniqueItems: true, minItems: 16_000 }, text: objects },
  '2,500 properties': { schema: properties(2_500), text: '{}' },
  'a doubled reference': { schema: doubled(29), text: '1' },
  'a reference to itself': { schema: { $ref: '#' }, text: '1' },
  'a schema that is part of itself': { schema: { allOf: [{ $ref: '#' }, { $ref: '#' }] }, text: '1' },
  'a schema that requires itself': {
    schema: { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } }, required: ['a', 'b'] },
    text: nested('{"a":', '}', 5_000).replace('{"a":}', '{}'),
  },
  'a text of 30,000 levels': {
    schema: { type: 'array', items: { $ref: '#' } },
    text: nested('[', ']', 30_000),
  },
  'a great many items': { schema: { type: 'array', minItems: 1e9, items: { type: 'string' } }, text: '[]' },
  'a long string': { schema: { type: 'string', minLength: 1e9 }, text: '""' },
};

jest.setTimeout(300_000);

describe('schemas that are meant to stop the gateway', () => {
  const built = useBuiltGateway();
  let upstream: FakeUpstream;
  let answer = '';

  beforeAll(async () => {
    writeFileSync(join(built.folder, 'measure.mjs'), MEASURE);
    upstream = await startFakeUpstream(({ path }) =>
      path.endsWith('/chat/completions') ? { body: completion({ content: answer }) } : undefined,
    );
  });
  afterAll(() => upstream.close());

  it.each([true, false])('should not hold up anyone else, simulator: %s', async (isSimulated) => {
    const hook = pathToFileURL(join(built.folder, 'measure.mjs')).href;
    const gateway = built.run({
      NODE_OPTIONS: `--import ${hook}`,
      LOG_LEVEL: 'silent',
      ...(!isSimulated && { UPSTREAM_BASE_URL: upstream.url }),
    });
    const url = await gateway.listening();
    const lagOf = async (): Promise<number> => {
      const file = join(built.folder, 'lag.txt');
      gateway.signal('SIGUSR2');
      while (!existsSync(file)) await pause(5);
      await pause(5);
      const lag = Number(readFileSync(file, 'utf8'));
      rmSync(file);
      return lag;
    };
    // The first checked answer of a process loads and compiles code.
    answer = '{}';
    const format = { type: 'json_schema', name: 'n', strict: true, schema: { type: 'object' } };
    await postJson(`${url}/v1/responses`, { model: 'default', input: 'hi', text: { format } });
    for (const [name, attack] of Object.entries(ATTACKS)) {
      answer = attack.text;
      await lagOf();
      const probes: number[] = [];
      let isOver = false;
      const probe = async (): Promise<void> => {
        while (!isOver) {
          const start = performance.now();
          expect((await getJson(`${url}/health/live`)).status).toBe(200);
          probes.push(performance.now() - start);
          await pause(10);
        }
      };
      const probing = probe();
      const answers = await Promise.all(
        Array.from({ length: ATTACKERS }, () =>
          postJson(`${url}/v1/responses`, {
            model: 'default',
            input: `Reply exactly: ${attack.text.slice(0, 100)}`,
            text: { format: { type: 'json_schema', name: 'n', strict: true, schema: attack.schema } },
          }),
        ),
      );
      isOver = true;
      await probing;
      const lag = await lagOf();
      // The bars are 50 ms of lag and 100 ms for a probe, but a busy machine is slower. On the event loop the worst take hours.
      const slow = probes.sort((a, b) => a - b)[Math.floor(probes.length * 0.95)] ?? 0;
      process.stdout.write(
        `${isSimulated ? 'simulator' : 'upstream'}, ${name}: lag p99 ${lag.toFixed(1)} ms, probes p95 ${slow.toFixed(0)} ms\n`,
      );
      expect({ name, statuses: answers.map(({ status }) => status) }).toEqual({
        name,
        statuses: answers.map(() => 200),
      });
    }
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
  });
});
