import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Ignored by git, eslint, prettier and jest as it is; `npm ci` empties it. */
const CACHE = path.join(import.meta.dirname, '../../node_modules/.cache/pythons');
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const OLDEST_PYTHON = '(3, 10)';
const INSTALL_TIMEOUT_MS = 900_000;

/**
 * Makes a Python environment with what the `requirements.txt` of a folder pins, or takes the one of an earlier run.
 *
 * @param {string} folder its path
 * @returns {Promise<string>} path of its python
 * @throws {Error} that says in a clause why this machine cannot have it
 */
export async function preparePython(folder) {
  const requirements = path.join(folder, 'requirements.txt');
  const { environment, python, complete } = placeOf(requirements);
  if (existsSync(complete)) return python;
  const base = await findPython();
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  try {
    await run(base, ['-m', 'venv', environment]);
  } catch (error) {
    throw new Error(`${base} cannot make a virtual environment`, { cause: error });
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  // Wheels by their hashes, and no dependencies: nothing but the listed files is fetched, and nothing of them is run.
  const pinned = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', requirements];
  try {
    await run(python, [...install, '--retries=1', '--timeout=20', ...pinned], {
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    throw new Error(`pip cannot install its packages (${lastLine(error)})`, { cause: error });
  }
  writeFileSync(complete, '');
  return python;
}

/** @returns {string | undefined} the path that `preparePython` has given or would give again at once */
export function preparedPython(folder) {
  const { python, complete } = placeOf(path.join(folder, 'requirements.txt'));
  return existsSync(complete) ? python : undefined;
}

function placeOf(requirements) {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environment = path.join(CACHE, `${path.basename(path.dirname(requirements))}-${version}`);
  return {
    environment,
    python: path.join(environment, 'bin/python'),
    complete: path.join(environment, 'complete'),
  };
}

async function findPython() {
  for (const name of PYTHONS) {
    const isGood = run(name, [
      '-c',
      `import sys, venv, ensurepip; sys.exit(sys.version_info < ${OLDEST_PYTHON})`,
    ]);
    if (
      await isGood.then(
        () => true,
        () => false,
      )
    )
      return name;
  }
  throw new Error('there is no Python 3.10 or newer with venv and pip');
}

function lastLine({ stderr, killed }) {
  if (killed) return `not done after ${INSTALL_TIMEOUT_MS / 1000} s`;
  return String(stderr).trim().split('\n').at(-1);
}
