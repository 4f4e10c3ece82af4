// npm run test:engines: prepares each engine, then runs the tests of those that this machine can have.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { preparePython } from '../support/prepare-python.mjs';

const ENGINES = ['llama-cpp', 'lmdeploy'];
const ROOT = path.join(import.meta.dirname, '../..');

const pythons = {};
for (const engine of ENGINES) {
  try {
    pythons[engine] = await preparePython(path.join(import.meta.dirname, engine));
  } catch (error) {
    process.stdout.write(`The tests with a real ${engine} server are skipped: ${error.message}.\n`);
  }
}

const ready = Object.keys(pythons);
if (ready.length > 0) {
  const build = node('scripts/build.mjs');
  process.exitCode = build || jest();
}

function jest() {
  return node(
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config=test/engines/jest.config.mjs',
    ...process.argv.slice(2),
    ...ready.map((engine) => `test/engines/${engine}/`),
  );
}

/** Runs a script of the root; returns its exit code. */
function node(...args) {
  const env = { ...process.env, ENGINE_PYTHONS: JSON.stringify(pythons) };
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;
}
