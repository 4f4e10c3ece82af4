import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.js';

const IS_INSTALLED = spawnSync('redis-server', ['--version']).error === undefined;

/** Whether tests with Redis run: where it is missing CI fails, and anywhere else it is said. */
export const HAS_REDIS = IS_INSTALLED || process.env.CI === 'true';
if (!HAS_REDIS) process.stdout.write('No redis-server here: the tests with it are skipped.\n');

export interface RedisServerOptions {
  password?: string;
}

/** A real server with a folder of its own, which keeps what it holds over its end. */
export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly options: RedisServerOptions,
  ) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-redis-'));
    const server = new RedisServer(await findFreePort(), folder, options);
    await server.startAgain();
    return server;
  }

  /** e.g. `redis://127.0.0.1:40001` */
  get url(): string {
    const { password } = this.options;
    return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${this.port}`;
  }

  /** After an end, on the same port and with what it held. */
  async startAgain(): Promise<void> {
    const { password } = this.options;
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.folder, appendonly: 'yes', save: '' };
    const args = Object.entries({ ...settings, ...(password !== undefined && { requirepass: password }) });
    this.child = spawn(
      'redis-server',
      args.flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let log = '';
    for await (const text of this.child.stdout!) {
      log += String(text);
      if (log.includes('Ready to accept connections')) break;
    }
    if (!log.includes('Ready to accept connections')) throw new Error(`redis-server has ended:\n${log}`);
  }

  /** Ends it, without leaving it time for anything. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** It stays connected, and answers nothing until `thaw`. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
