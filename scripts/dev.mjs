// npm run start:dev: compiles what changes, and starts the gateway again with it.
import { spawn } from 'node:child_process';
import { rmSync, watch } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { copyAssets } from './copy-assets.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const OUT = path.join(ROOT, 'dist');

// Of a build there may be assets that would be served in place of the sources'.
rmSync(OUT, { recursive: true, force: true });
const compiler = spawn(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', path.join(ROOT, 'tsconfig.build.json'), '--watch', '--preserveWatchOutput'],
  ],
  { stdio: ['inherit', 'pipe', 'inherit'] },
);
const children = [compiler];

compiler.stdout.on('data', (text) => {
  process.stdout.write(text);
  // Earlier there is nothing to start, or what was compiled before the change.
  if (children.length === 1 && String(text).includes('Found 0 errors')) startGateway();
});
compiler.on('exit', end);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);

function startGateway() {
  copyAssets(OUT);
  watch(path.join(ROOT, 'src'), { recursive: true }, (_event, name) => {
    if (name && !name.endsWith('.ts')) copyAssets(OUT);
  });
  const main = path.join(OUT, 'main.js');
  children.push(spawn(process.execPath, ['--watch', '--watch-preserve-output', main], { stdio: 'inherit' }));
}

function end() {
  for (const child of children) child.kill();
  process.exit();
}
