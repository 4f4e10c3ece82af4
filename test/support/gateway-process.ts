import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holdToDocument } from './described-answers.js';
import { copyBuild } from './shared-build.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A compiled gateway in a folder of its own, so that neither `dist` nor a `.env` of the checkout plays a part. */
export interface BuiltGateway {
  /** The folder it runs in. */
  folder: string;
  main: string;
  remove(): void;
}

export async function buildGateway(): Promise<BuiltGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-build-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const outDir = join(folder, 'dist');
  await copyBuild(outDir);
  const main = join(outDir, 'main.js');
  return {
    folder,
    main,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A gateway that runs as a process of its own; without DATABASE_URL it keeps nothing. */
export class GatewayProcess {
  stdout = '';
  stderr = '';
  /** Exit code, or the name of the signal that killed it. */
  readonly exited: Promise<number | string | null>;
  private readonly child: ChildProcess;
  private waiters: (() => void)[] = [];

  /** @param flags of Node */
  constructor(
    { main, folder }: BuiltGateway,
    variables: Record<string, string> = {},
    flags: readonly string[] = [],
  ) {
    const env = { PATH: process.env.PATH, PORT: '0', DATABASE_URL: 'none', ...variables };
    this.child = spawn(process.execPath, [...flags, main], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (text: Buffer) => {
      this.stdout += text.toString('utf8');
      this.notify();
    });
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString('utf8');
      this.notify();
    });
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve(signal ?? code);
        this.notify();
      });
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits for the start banner; @returns where it listens, e.g. http://127.0.0.1:40001 */
  async listening(): Promise<string> {
    await this.until(() => /curl .* -d '.*'\n/.test(this.stdout));
    const [, url] = /Responses gateway\s+(\S+)\/v1\/responses/.exec(this.stdout) ?? [];
    if (url === undefined) throw new Error(`The banner names no address:\n${this.stdout}`);
    holdToDocument(url);
    return url;
  }

  /** Resolves once its output makes this true; rejects when it ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.isRunning) throw new Error(`The gateway has ended:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The gateway was not started.');
    return this.child.pid;
  }

  /** Ends it at once, when a test has not. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Its log lines, parsed; throws on a line that is not JSON. What stands before the log is the banner. */
  get logLines(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  private notify(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }
}
