import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packs a build of the gateway and puts it into the `node_modules` of a project, as npm would install it, except that all other
 * packages are links to those of the checkout: no network is needed.
 *
 * @param builtFolder holds `dist` and `package.json`
 * @returns the paths that were packed
 */
export function installPacked(builtFolder: string, project: string): string[] {
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
  const folder = mkdtempSync(join(project, 'packed-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', args, { cwd: builtFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as [{ filename: string; files: { path: string }[] }];
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.'))
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  renameSync(join(folder, 'package'), join(project, 'node_modules/responses-gateway'));
  rmSync(folder, { recursive: true });
  chmodSync(join(project, 'node_modules/responses-gateway/dist/main.js'), 0o755);
  symlinkSync('../responses-gateway/dist/main.js', join(project, 'node_modules/.bin/responses-gateway'));
  return files.map(({ path }) => path);
}

export interface Outcome {
  code: number;
  output: string;
}

/** Runs a command to its end. */
export function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

/** Compiles in a project, with the compiler of the checkout. */
export function compile(project: string, args: readonly string[] = []): Promise<Outcome> {
  return execute(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], project);
}
