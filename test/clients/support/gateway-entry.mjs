import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What is started: the root's build, or the one that GATEWAY_MAIN names. */
export const GATEWAY_MAIN = process.env.GATEWAY_MAIN ?? path.join(ROOT, 'dist/main.js');

/** The gateway runs on the Node that the project is developed with, not on the newer one that the clients need. */
export const GATEWAY_NODE = process.env.npm_node_execpath ?? process.execPath;
