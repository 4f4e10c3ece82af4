import { execFile, spawnSync } from 'node:child_process';

export const HAS_PROMTOOL = spawnSync('promtool', ['--version']).error === undefined;

/** @returns what it says; '' where it found nothing wrong. @throws Error with what it says where it fails */
export function promtool(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('promtool', args, (error, stdout, stderr) => {
      if (error) reject(new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`));
      else resolve(stdout + stderr);
    });
    child.stdin?.end(input);
  });
}
