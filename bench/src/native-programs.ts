import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH, BUILD } from './paths.js';

const SOURCES = join(BENCH, 'native');
const FLAGS = ['-O2', '-std=gnu11', '-Wall', '-Wextra'];
const SHARED = ['answer-script.c', 'json-text.c'];
const PROGRAMS = {
  'mock-upstream': ['mock-upstream.c', 'prepared-answer.c', 'http-request.c', 'timer-heap.c', ...SHARED],
  'load-generator': [
    'load-generator.c',
    'load-options.c',
    'answer-check.c',
    'http-response.c',
    'histogram.c',
    ...SHARED,
  ],
};

export const MOCK_UPSTREAM = join(BUILD, 'mock-upstream');
export const LOAD_GENERATOR = join(BUILD, 'load-generator');

/**
 * Compiles the programs in C that are not there or older than their sources.
 *
 * @throws Error when there is no C compiler
 */
export function compileNativePrograms(): void {
  for (const [name, sources] of Object.entries(PROGRAMS)) {
    const output = join(BUILD, name);
    if (isFresh(output)) continue;
    const files = sources.map((source) => join(SOURCES, source));
    execFileSync(findCompiler(), [...FLAGS, '-o', output, ...files, '-lm'], { stdio: 'inherit' });
  }
}

function isFresh(output: string): boolean {
  if (!existsSync(output)) return false;
  const builtAt = statSync(output).mtimeMs;
  return readdirSync(SOURCES).every((source) => statSync(join(SOURCES, source)).mtimeMs < builtAt);
}

function findCompiler(): string {
  const candidates = [process.env.CC, 'cc', 'gcc', 'clang'].filter((name) => name !== undefined);
  const found = candidates.find((compiler) => {
    try {
      execFileSync(compiler, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) {
    throw new Error(
      'The benchmark needs a C compiler for its mock upstream and load generator: install gcc or clang, or name one in CC.',
    );
  }
  return found;
}
