// npm run build: compiles src and copies beside it what is not TypeScript. With --if-changed (npm start): only what is out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { buildOpenapi } from './build-openapi.mjs';
import { copyAssets } from './copy-assets.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');
const SOURCES = path.join(ROOT, 'src');
const PROJECT = path.join(ROOT, 'tsconfig.build.json');

const { values: options } = parseArgs({
  options: {
    'out-dir': { type: 'string', default: path.join(ROOT, 'dist') },
    'if-changed': { type: 'boolean', default: false },
  },
});
const OUT = path.resolve(options['out-dir']);
/** Says when the build began; written when it is complete. */
const STAMP = path.join(OUT, '.built');

if (!options['if-changed'] || isOutOfDate()) build();

function build() {
  const startedAt = Date.now();
  process.stdout.write('building…\n');
  rmSync(OUT, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [TSC, '-p', PROJECT, '--outDir', OUT], { stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  copyAssets(OUT);
  buildOpenapi(path.join(OUT, 'openapi/assets'));
  writeFileSync(STAMP, String(startedAt));
}

/** Change times, since no archive or copy sets them back; those of folders too, which tell of deleted files. */
function isOutOfDate() {
  if (!existsSync(STAMP)) return true;
  const builtAt = Number(readFileSync(STAMP, 'utf8'));
  const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'openapi/openapi.yaml'].map(
    (name) => path.join(ROOT, name),
  );
  const folders = [SOURCES, import.meta.dirname].flatMap((folder) => [
    folder,
    ...readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)),
  ]);
  const inputs = [...files, ...folders];
  return inputs.some((file) => (statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= builtAt);
}
