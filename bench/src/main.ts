import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Benchmark } from './benchmark.js';
import { listModels, LOAD_CASES } from './cases.js';
import { renderChart } from './chart.js';
import { ChildProcesses } from './child-processes.js';
import { countErrors } from './goals.js';
import { renderRun } from './markdown.js';
import { measureLoad } from './measure-load.js';
import { measureChain } from './measure-chain.js';
import { measureManyStreams } from './measure-many-streams.js';
import { measureLongRequests, measureMemory } from './measure-memory.js';
import { measureStart } from './measure-start.js';
import { measureStoredMemory } from './measure-stored-memory.js';
import { measureTranslation } from './measure-translation.js';
import { measureReplicas } from './measure-replicas.js';
import { MockUpstream } from './mock-upstream.js';
import { compileNativePrograms } from './native-programs.js';
import { HELP, type Options, parseOptions } from './options.js';
import { makeFolders, RESULTS, ROOT } from './paths.js';
import type { CaseResult, Run } from './results.js';
import { checkTheChecker } from './self-check.js';

/** A case by its id; some are skipped by --quick, and some run only when they are named. */
interface Entry {
  id: string;
  isQuick: boolean;
  isNamed?: boolean;
  measure: (benchmark: Benchmark) => Promise<CaseResult>;
}

const NOT_QUICK = ['open100', 'open1000'];

const ENTRIES: readonly Entry[] = [
  ...LOAD_CASES.map((loadCase) => ({
    id: loadCase.id,
    isQuick: !NOT_QUICK.includes(loadCase.id),
    measure: (benchmark: Benchmark) => measureLoad(benchmark, loadCase),
  })),
  { id: 'chain', isQuick: true, measure: measureChain },
  { id: 'storedmemory', isQuick: false, measure: measureStoredMemory },
  { id: 'replicas', isQuick: true, measure: measureReplicas },
  { id: 'open10000', isQuick: false, isNamed: true, measure: measureManyStreams },
  { id: 'memory', isQuick: true, measure: measureMemory },
  { id: 'longheld', isQuick: true, measure: measureLongRequests },
  { id: 'translation', isQuick: true, measure: measureTranslation },
  { id: 'start', isQuick: true, measure: measureStart },
];

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = parseOptions(
    args,
    ENTRIES.map(({ id }) => id),
  );
  if (options === null) {
    process.stdout.write(`${HELP}\n\nCases: ${ENTRIES.map(({ id }) => id).join(', ')}\n`);
    return;
  }
  if (process.platform !== 'linux') throw new Error('The benchmark reads /proc: it runs on Linux only.');
  makeFolders();
  compileNativePrograms();
  const startedAt = new Date();
  const processes = new ChildProcesses();
  const upstream = await MockUpstream.start(processes, { models: listModels() });
  const benchmark = new Benchmark(processes, upstream, options);
  await checkTheChecker(benchmark);
  const cases: CaseResult[] = [];
  for (const { measure } of chooseEntries(options)) cases.push(await measure(benchmark));
  report({
    startedAt: startedAt.toISOString(),
    commit: readCommit(),
    machine: describeMachine(processes.isPinned),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    rounds: options.rounds,
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    cases,
  });
  await benchmark.stores.stop();
  // The gateways that are still up are stopped at the exit.
  process.exit(countErrors(cases) > 0 ? 1 : 0);
}

function chooseEntries({ cases, quick }: Options): Entry[] {
  if (cases.length > 0) return ENTRIES.filter(({ id }) => cases.includes(id));
  return ENTRIES.filter(({ isQuick, isNamed = false }) => !isNamed && (isQuick || !quick));
}

function report(run: Run): void {
  const page = renderRun(run);
  const name = join(RESULTS, run.startedAt.replaceAll(':', '-').slice(0, 19));
  writeFileSync(`${name}.json`, JSON.stringify(run, null, 2));
  writeFileSync(`${name}.md`, page);
  writeFileSync(`${name}.svg`, renderChart(run));
  process.stdout.write(`\n${page}\nWritten: ${name}.json, .md, .svg (${run.seconds} s)\n`);
}

function readCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function describeMachine(isPinned: boolean): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const pins = isPinned ? 'gateway on processor 1, mock and load on 0' : 'nothing pinned';
  return `${availableParallelism()} × ${model.trim()}, Node ${process.version}, ${pins}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
