import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { GATEWAY_MAIN, GATEWAY_NODE } from './gateway-entry.mjs';

const STARTED = /Responses gateway\s+(http:\S+)\/v1\/responses/;
const KILL_AFTER_MS = 5_000;

/** A gateway in a process of its own. */
export interface Gateway {
  /** Such as http://127.0.0.1:41573 */
  readonly url: string;
  /** What clients call their base URL: `url` and /v1. */
  readonly baseUrl: string;
  /** What it has printed so far: the start banner and its log. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts the built gateway on a free port.
 *
 * @param env its whole environment apart from PATH and the port; without UPSTREAM_BASE_URL it runs on the simulator, without
 *   DATABASE_URL it keeps responses and conversations in its memory
 */
export async function startGateway(env: Record<string, string> = {}): Promise<Gateway> {
  const child = spawn(GATEWAY_NODE, [GATEWAY_MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', SHUTDOWN_GRACE_MS: '0', DATABASE_URL: 'memory:', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (bytes: Buffer) => {
      output += bytes.toString();
      const started = STARTED.exec(output)?.[1];
      if (started) resolve(started);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The gateway ended with code ${code}:\n${output}`)));
  });
  return {
    url,
    baseUrl: `${url}/v1`,
    output: () => output,
    stop: async () => {
      await endProcess(child);
      process.off('exit', killWithUs);
    },
  };
}

/** Ends a child by its pid, first politely. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(timer);
}
