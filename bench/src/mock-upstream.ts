import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ChildProcesses, Place } from './child-processes.js';
import { MOCK_UPSTREAM } from './native-programs.js';

/** The chat-completions server all gateways stand in front of. */
export class MockUpstream {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly processes: ChildProcesses,
  ) {}

  /** @param models it lists; it answers others too */
  static async start(
    processes: ChildProcesses,
    { place = 'load', models = ['bench'] }: { place?: Place; models?: readonly string[] } = {},
  ): Promise<MockUpstream> {
    const child = processes.start([MOCK_UPSTREAM, ...models], { place, readsOutput: true });
    if (!child.stdout) throw new Error('The mock upstream has no output.');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new MockUpstream(Number(line.toString()), child, processes);
  }

  async stop(): Promise<void> {
    await this.processes.stop(this.child);
  }
}
