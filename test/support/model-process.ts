import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('model-server.mjs', import.meta.url));
const FIRST_TOKEN_MS = 20;

/** A model server in a process of its own. It repeats what it is asked. */
export class ModelProcess {
  /** What it was asked, of each generation that came to its first token. */
  readonly generated: string[] = [];
  private child: ChildProcess | null = null;
  private port = 0;

  /** Again on the same port, where it ran before. */
  async start(): Promise<void> {
    const child = fork(SCRIPT, [String(this.port), String(FIRST_TOKEN_MS)], { execArgv: [] });
    this.child = child;
    const listening = once(child, 'message');
    child.on('message', ({ generated }: { generated?: string }) => {
      if (generated !== undefined) this.generated.push(generated);
    });
    const [{ port }] = (await listening) as [{ port: number }];
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on it refuses every chat, and says that it is well. */
  fail(failing: boolean): void {
    this.child?.send({ failing });
  }

  /** SIGSTOP: it hangs; SIGCONT: it goes on. */
  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
