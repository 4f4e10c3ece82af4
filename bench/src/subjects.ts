import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH, ROOT } from './paths.js';
import type { Api } from './request-body.js';

/** The gateway under test. */
export const GATEWAY = 'gateway';
/** The translator all ratios are to. */
export const UNIT = 'node-min';
/** The mock, read without a gateway in between. */
export const DIRECT = 'direct';
export const PIPE = 'pipe';
export const INTERCEPTOR = 'gateway + interceptor';
export const METRICS = 'gateway + metrics';
/** The key the gateway asks for. */
export const BEARER = 'sk-bench-6f1d0c9a42e7';

/** Something that is measured. */
export interface Subject {
  name: string;
  /** The product is what is under test, a variant is made of it. */
  role: 'direct' | 'reference' | 'product' | 'variant' | 'peer';
  api: Api;
  /** Empty for the mock itself. */
  command: readonly string[];
  /** Variables that make it what it is. */
  environment?: Record<string, string>;
}

interface PackageJson {
  scripts: { start: string };
}

const NODE = process.execPath;

export const BUILT_IN: readonly Subject[] = [
  { name: DIRECT, role: 'direct', api: 'chat', command: [] },
  { name: PIPE, role: 'reference', api: 'chat', command: [NODE, join(BENCH, 'reference/pipe.mjs')] },
  { name: UNIT, role: 'reference', api: 'responses', command: [NODE, join(BENCH, 'reference/node-min.mjs')] },
  {
    name: GATEWAY,
    role: 'product',
    api: 'responses',
    get command() {
      return startCommand(ROOT);
    },
  },
  {
    name: INTERCEPTOR,
    role: 'variant',
    api: 'responses',
    get command() {
      return [...startCommand(ROOT).slice(0, -1), join(BENCH, 'reference/with-interceptor.mjs')];
    },
  },
  {
    name: METRICS,
    role: 'variant',
    api: 'responses',
    get command() {
      return startCommand(ROOT);
    },
    environment: { METRICS_PORT: '0' },
  },
];

/** What `npm start` of a checkout runs, with that checkout's own flags for node. */
function startCommand(folder: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
  const [, ...flags] = scripts.start.split(' ').slice(0, -1);
  return [NODE, ...flags, join(folder, 'dist/main.js')];
}

/** Another build of the product. @param folder a checkout with a `dist` */
export function buildSubject(name: string, folder: string): Subject {
  return { name, role: 'product', api: 'responses', command: startCommand(folder) };
}

/**
 * A server of somebody else.
 *
 * @param command for the shell; it finds PORT and UPSTREAM_BASE_URL in its environment
 * @param api what it speaks to clients: with `chat` it passes chat completions on
 */
export function peerSubject(name: string, command: string, api: Api): Subject {
  return { name, role: 'peer', api, command: ['/bin/sh', '-c', `exec ${command}`] };
}
