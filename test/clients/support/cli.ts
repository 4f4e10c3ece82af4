import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface CliRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A home and a work directory for a command-line client, thrown away afterwards. */
export class CliSandbox {
  readonly home: string;
  readonly cwd: string;
  /** How often a client wanted to reach a host by https: the gateway is reached by http. */
  strayConnections = 0;
  private readonly trap = createServer((socket) => {
    this.strayConnections += 1;
    socket.destroy();
  });

  private constructor(name: string) {
    this.home = mkdtempSync(path.join(tmpdir(), `${name}-home-`));
    this.cwd = mkdtempSync(path.join(tmpdir(), `${name}-work-`));
    mkdirSync(path.join(this.home, 'user'));
  }

  static async create(name: string): Promise<CliSandbox> {
    const sandbox = new CliSandbox(name);
    sandbox.trap.listen(0, '127.0.0.1');
    await once(sandbox.trap, 'listening');
    return sandbox;
  }

  /** Writes a file of the work directory. */
  write(name: string, content: string | Buffer): string {
    const file = path.join(this.cwd, name);
    writeFileSync(file, content);
    return file;
  }

  /** Runs a command to its end, with nothing of this process's environment but PATH. */
  async run(command: string, args: string[], env: Record<string, string> = {}): Promise<CliRun> {
    const child = spawn(command, args, {
      cwd: this.cwd,
      env: {
        PATH: process.env.PATH,
        HOME: path.join(this.home, 'user'),
        HTTPS_PROXY: `http://127.0.0.1:${(this.trap.address() as AddressInfo).port}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    const run: CliRun = { exitCode: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
    [run.exitCode] = (await once(child, 'close')) as [number | null];
    process.off('exit', killWithUs);
    return run;
  }

  dispose(): void {
    this.trap.close();
    for (const dir of [this.home, this.cwd]) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The JSON lines of an output. */
export const jsonLines = (text: string): any[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
