import type { ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.js';
import { type ChildProcesses, type Place, readLog } from './child-processes.js';
import type { LoadTarget } from './load.js';
import { BENCH } from './paths.js';
import { processTree, residentBytes, type SchedulerTimes, schedulerTimes } from './process-usage.js';
import { responsesBody } from './request-body.js';
import { modelName, SHORT_ANSWER } from './script.js';
import { BEARER, type Subject } from './subjects.js';

const START_LIMIT_MS = 30_000;
const POLL_MS = 5;
const BYTES_IN_MB = 1024 * 1024;
const MS_IN_SECOND = 1000;
const MEMORY_REPORT = join(BENCH, 'reference/tell-memory.mjs');

/** What it takes to start. */
export interface StartCost {
  seconds: number;
  /** Of all its threads. */
  cpuSeconds: number;
}

const NO_COST: StartCost = { seconds: 0, cpuSeconds: 0 };

export interface GatewayOptions {
  upstreamPort: number;
  place?: Place;
  /** Variables beside those every gateway gets. */
  environment?: Record<string, string>;
  /** It can be asked for its live memory: of programs for Node alone. */
  tellsMemory?: boolean;
}

/** A subject that runs; the mock itself is one that needs no process. */
export class Gateway {
  private constructor(
    readonly subject: Subject,
    readonly port: number,
    private readonly child: ChildProcess | null,
    private readonly processes: ChildProcesses,
    /** From the start of the process to its first answer. */
    readonly start: StartCost,
    /** Variables it was given beside those every gateway gets. */
    readonly environment: Readonly<Record<string, string>> = {},
  ) {}

  /** Starts it and waits for its first answer. @throws Error when there is none within 30 s */
  static async start(
    processes: ChildProcesses,
    subject: Subject,
    { upstreamPort, place = 'gateway', environment, tellsMemory = false }: GatewayOptions,
  ): Promise<Gateway> {
    if (subject.role === 'direct') return new Gateway(subject, upstreamPort, null, processes, NO_COST);
    const port = await findFreePort();
    const startedAt = performance.now();
    const child = processes.start(tellsMemory ? withMemoryReport(subject.command) : subject.command, {
      place,
      hasChannel: tellsMemory,
      logName: subject.name,
      environment: {
        PORT: String(port),
        UPSTREAM_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
        NODE_ENV: 'production',
        API_KEYS: BEARER,
        LOG_LEVEL: 'info',
        DATABASE_URL: 'none',
        ...subject.environment,
        ...environment,
      },
    });
    while (!(await answers(subject, port))) {
      if (child.exitCode !== null || performance.now() - startedAt > START_LIMIT_MS) {
        await processes.stop(child);
        throw new Error(`${subject.name} gives no answer.\n${readLog(subject.name)}`);
      }
      await sleep(POLL_MS);
    }
    const start = {
      seconds: (performance.now() - startedAt) / MS_IN_SECOND,
      cpuSeconds: schedulerTimes(processTree(child.pid ?? 0)).cpu,
    };
    return new Gateway(subject, port, child, processes, start, environment);
  }

  get name(): string {
    return this.subject.name;
  }

  get target(): LoadTarget {
    const { api, role } = this.subject;
    return { port: this.port, api, bearer: BEARER, isDoneOptional: role === 'peer' };
  }

  /** What all its processes have used so far. */
  get times(): SchedulerTimes {
    return schedulerTimes(this.pids);
  }

  /** What all its processes hold in RAM, in MB. */
  get residentMb(): number {
    return residentBytes(this.pids) / BYTES_IN_MB;
  }

  /** What its heap and its buffers hold once garbage is collected. @throws Error when it was not started to tell it */
  async readLiveBytes(): Promise<number> {
    if (!this.child?.connected) throw new Error(`${this.name} cannot tell its live memory.`);
    const told = once(this.child, 'message') as Promise<[{ liveBytes: number }]>;
    this.child.send('memory');
    const [{ liveBytes }] = await told;
    return liveBytes;
  }

  /** Its process and those that it has started. */
  get pids(): number[] {
    return this.child?.pid === undefined ? [] : processTree(this.child.pid);
  }

  async stop(): Promise<void> {
    if (this.child) await this.processes.stop(this.child);
  }
}

function withMemoryReport([node = '', ...rest]: readonly string[]): string[] {
  return [node, '--expose-gc', '--import', MEMORY_REPORT, ...rest];
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers({ api }: Subject, port: number): Promise<boolean> {
  const chat = { model: modelName(SHORT_ANSWER), messages: [{ role: 'user', content: 'Hi' }] };
  const body = api === 'chat' ? chat : responsesBody({ script: SHORT_ANSWER, stream: false });
  const path = api === 'chat' ? '/v1/chat/completions' : '/v1/responses';
  return ask(port, path, body).then(
    ({ status }) => status === 200,
    () => false,
  );
}
