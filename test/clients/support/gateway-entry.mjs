import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What is started: the root's build, or the one that GATEWAY_MAIN names. */
export const GATEWAY_MAIN = process.env.GATEWAY_MAIN ?? path.join(ROOT, 'dist/main.js');

/** The gateway runs on the Node that the project is developed with, not on the newer one that the clients need. */
export const GATEWAY_NODE = process.env.npm_node_execpath ?? process.execPath;

/** Whether the build is missing or older than the sources. */
export function needsBuild() {
  if (process.env.GATEWAY_MAIN) return false;
  const built = statSync(GATEWAY_MAIN, { throwIfNoEntry: false });
  return built === undefined || newestSource() > built.mtimeMs;
}

function newestSource() {
  const src = path.join(ROOT, 'src');
  const times = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}
