import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { BUILD } from './paths.js';
import { processTree } from './process-usage.js';

/** Gateways have a processor of their own; the mock, the load generator and the benchmark share another. */
const GATEWAY_CPU = '1';
const LOAD_CPU = '0';

export type Place = 'gateway' | 'load' | 'anywhere';

/** A user of the system. */
export interface Owner {
  uid: number;
  gid: number;
}

export interface StartOptions {
  place: Place;
  /** The whole environment: nothing of the caller's leaks in but PATH. */
  environment?: Record<string, string>;
  /** Where its errors are kept; without, they are shown. */
  logName?: string;
  /** Whether its output is read; otherwise it goes nowhere. */
  readsOutput?: boolean;
  /** Whether messages are sent to it and taken from it. */
  hasChannel?: boolean;
  /** Where it runs; absent: in bench/build. */
  folder?: string;
  /** As whom it runs; absent: as who runs the benchmark. */
  owner?: Owner;
}

/** Every process that was started, so that none outlives the benchmark: not behind a failure, and not behind Ctrl-C. */
export class ChildProcesses {
  private readonly running = new Set<ChildProcess>();
  private readonly pins = canPin();

  constructor() {
    process.once('exit', () => {
      for (const child of this.running) kill(child);
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.exit(1);
      });
    }
  }

  get isPinned(): boolean {
    return this.pins;
  }

  start(command: readonly string[], options: StartOptions): ChildProcess {
    const [program = '', ...args] = this.pin(command, options.place);
    const errors =
      options.logName === undefined ? ('inherit' as const) : openSync(logPath(options.logName), 'w');
    const child = spawn(program, args, {
      // Not the checkout: a .env there must not play a part.
      cwd: options.folder ?? BUILD,
      ...options.owner,
      env: { PATH: process.env.PATH, ...options.environment },
      stdio: [
        'ignore',
        options.readsOutput ? 'pipe' : 'ignore',
        errors,
        options.hasChannel ? 'ipc' : 'ignore',
      ],
    });
    if (typeof errors === 'number') closeSync(errors);
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  }

  async stop(child: ChildProcess): Promise<void> {
    if (!this.running.has(child)) return;
    const exited = once(child, 'exit');
    kill(child);
    await exited;
  }

  /** Runs a program to its end. @returns its output @throws Error when it fails */
  async run(command: readonly string[], place: Place, environment?: Record<string, string>): Promise<string> {
    const child = this.start(command, { place, readsOutput: true, environment });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${signal ?? code}\n${output}`);
    return output;
  }

  private pin(command: readonly string[], place: Place): readonly string[] {
    if (!this.pins || place === 'anywhere') return command;
    return ['taskset', '-c', place === 'gateway' ? GATEWAY_CPU : LOAD_CPU, ...command];
  }
}

export function readLog(name: string): string {
  return readFileSync(logPath(name), 'utf8');
}

function logPath(name: string): string {
  return join(BUILD, `${name.replaceAll(/[^\w.-]/g, '_')}.log`);
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  for (const pid of processTree(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function canPin(): boolean {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-c', GATEWAY_CPU, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
