import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from './free-port.js';
import { isListening } from './is-listening.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/nginx.mjs', import.meta.url));

export const HAS_NGINX = spawnSync('nginx', ['-v']).error === undefined;

/** Real nginx with the configuration of deploy/nginx in front of gateways. */
export class Nginx {
  private constructor(
    /** e.g. `http://127.0.0.1:40001` */
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param gateways their URLs */
  static async start(gateways: readonly string[]): Promise<Nginx> {
    const port = await findFreePort();
    const addresses = gateways.map((url) => new URL(url).host);
    const child = spawn(process.execPath, [SCRIPT, String(port), ...addresses], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    while (!(await isListening(port))) {
      if (child.exitCode !== null) throw new Error(`nginx has ended:\n${errors}`);
      await pause(20);
    }
    return new Nginx(`http://127.0.0.1:${port}`, child);
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
