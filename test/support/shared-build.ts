import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'node_modules/.cache/test-build');
const LOCK = `${BUILD}.lock`;

/** Copies a build of the sources as they are now. Test files share one, since the compiler takes longer than most of them. */
export async function copyBuild(outDir: string): Promise<void> {
  mkdirSync(dirname(BUILD), { recursive: true });
  // Test files run in several processes.
  while (!lock()) await pause(100);
  try {
    const args = [join(ROOT, 'scripts/build.mjs'), '--if-changed', '--out-dir', BUILD];
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, { cwd: ROOT }, (_error, stdout) => {
        resolve(stdout);
      }),
    );
    if (!existsSync(join(BUILD, 'main.js'))) throw new Error(`The build gave no main.js:\n${output}`);
    cpSync(BUILD, outDir, { recursive: true });
  } finally {
    rmSync(LOCK);
  }
}

function lock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isHeld()) rmSync(LOCK, { force: true });
    return false;
  }
}

/** Whoever has locked it may have been killed. */
function isHeld(): boolean {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    // It may be about to write its number.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
