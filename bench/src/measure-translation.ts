import { dirname, join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import { BENCH } from './paths.js';
import { writeBody } from './request-body.js';
import { type CaseResult, type Row, toRow } from './results.js';
import { ratios } from './statistics.js';
import type { Subject } from './subjects.js';

const PROGRAM = join(BENCH, 'reference/request-translation.mjs');
const LONG_REQUEST = { script: { kind: 'text', chunks: 20 }, stream: true, input: 'long' } as const;
/** A round is short: one more costs nothing. */
const ROUNDS_FACTOR = 2;

interface Timings {
  parseMs: number[];
  translateMs: number[];
}

/** Check and translation of a long request, within the process, against JSON.parse of its body. */
export async function measureTranslation(benchmark: Benchmark): Promise<CaseResult> {
  const rows: Row[] = [];
  for (const product of benchmark.products) rows.push(await measureProduct(benchmark, product));
  return {
    id: 'translation',
    title: 'translation: check and translation of 400 items, 300 KB, within the process',
    rows,
  };
}

async function measureProduct({ processes, options, upstream }: Benchmark, product: Subject): Promise<Row> {
  const main = product.command.at(-1) ?? '';
  const rounds = String(options.rounds * ROUNDS_FACTOR);
  const command = [process.execPath, PROGRAM, dirname(main), writeBody(LONG_REQUEST, 'responses'), rounds];
  const output = await processes.run(command, 'gateway', {
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    DATABASE_URL: 'none',
    UPSTREAM_BASE_URL: `http://127.0.0.1:${upstream.port}`,
  });
  const { parseMs, translateMs } = JSON.parse(output) as Timings;
  return toRow(product.name, { parseMs, translateMs, toParse: ratios(translateMs, parseMs) });
}
