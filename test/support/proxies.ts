import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.js';
import { isListening } from './is-listening.js';
import { until } from './until.js';

const PAGE = readFileSync(new URL('../../docs/deploy/proxies.md', import.meta.url), 'utf8');
/** Time limit of the page's configurations. */
const LONG = /3700s/g;

interface Program {
  name: 'nginx' | 'haproxy';
  /** What a configuration has in the system's own files. */
  complete: (snippet: string, folder: string) => string;
  argumentsFor: (file: string) => string[];
}

export interface ProxyOptions {
  /** In place of the page's 3700 s, e.g. `2s`. */
  idleLimit?: string;
  /** Whether haproxy asks for the health of gateways; off for those that a busy test keeps from answering in time. Default true. */
  checks?: boolean;
}

/** The proxies of docs/deploy/proxies.md, with the configurations that stand there. */
const PROGRAMS: readonly Program[] = [
  {
    name: 'nginx',
    complete: (snippet, folder) => {
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${folder}/${kind};`,
      );
      const http = ['access_log off;', ...paths, snippet].join('\n');
      return `pid ${folder}/pid;\nerror_log stderr warn;\nevents {}\nhttp {\n${http}}\n`;
    },
    argumentsFor: (file) => ['-c', file, '-e', 'stderr', '-g', 'daemon off;'],
  },
  {
    name: 'haproxy',
    complete: (snippet) => snippet,
    argumentsFor: (file) => ['-db', '-f', file],
  },
];

export class Proxy {
  private constructor(
    /** e.g. `http://127.0.0.1:40001` */
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static readonly all = PROGRAMS.map((program) => ({
    name: program.name,
    /** Where it is missing CI fails, and anywhere else it is said. */
    isInstalled: isInstalled(program) || process.env.CI === 'true',
    /** @param gateways their URLs */
    start: (gateways: readonly string[], options?: ProxyOptions) => Proxy.start(program, gateways, options),
  }));

  private static async start(
    program: Program,
    gateways: readonly string[],
    { idleLimit = '3700s', checks = true }: ProxyOptions = {},
  ): Promise<Proxy> {
    const port = await findFreePort();
    const folder = mkdtempSync(join(tmpdir(), `gateway-${program.name}-`));
    // The workers of nginx are another user where root starts it, and keep large bodies there.
    chmodSync(folder, 0o755);
    const file = join(folder, 'proxy.conf');
    const snippet = address(snippetOf(program.name), port, gateways)
      .replaceAll(LONG, idleLimit)
      .replace('default-server check ', checks ? 'default-server check ' : 'default-server ');
    writeFileSync(file, program.complete(snippet, folder));
    const child = spawn(program.name, program.argumentsFor(file), { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => (output += text.toString()));
    }
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${program.name} has ended:\n${output}`);
      return isListening(port);
    });
    return new Proxy(`http://127.0.0.1:${port}`, child, folder);
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isInstalled({ name }: Program): boolean {
  const installed = spawnSync(name, ['-v']).error === undefined;
  if (!installed) process.stdout.write(`No ${name} here: the tests of gateways behind it are skipped.\n`);
  return installed;
}

/** The block of the page in the proxy's own language. */
function snippetOf(language: string): string {
  const [, snippet] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  if (snippet === undefined) throw new Error(`docs/deploy/proxies.md has no block of ${language}.`);
  return snippet;
}

/** Where it listens, and where its gateways do: all that a reader of the page changes. */
function address(snippet: string, port: number, gateways: readonly string[]): string {
  const hosts = gateways.map((url) => new URL(url).host);
  return snippet
    .split('\n')
    .filter((line) => !line.includes('gateway-2:8080'))
    .flatMap((line) =>
      line.includes('gateway-1:8080')
        ? hosts.map((host, index) =>
            line.replace('gateway-1:8080', host).replace('gateway-1', `gateway-${index + 1}`),
          )
        : [line],
    )
    .join('\n')
    .replace(/(listen|bind) :?8080/, (_line, word: string) => `${word} 127.0.0.1:${port}`);
}

export type ProxyProgram = (typeof Proxy.all)[number];

/** A block of tests for each proxy; skipped where it is not installed. */
export function describeBehindEach(title: string, body: (program: ProxyProgram) => void): void {
  for (const program of Proxy.all) {
    (program.isInstalled ? describe : describe.skip)(`${title} ${program.name}`, () => {
      body(program);
    });
  }
}
