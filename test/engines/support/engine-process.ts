import { type ChildProcess, spawn } from 'node:child_process';

/** A model server that runs as a process of its own. */
export interface EngineProcess {
  /** Such as http://127.0.0.1:40001 */
  readonly url: string;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): Promise<void>;
}

const OUTPUT_KEPT = 4_000;
const START_TIMEOUT_MS = 240_000;

/**
 * Starts a Python script with the packages that are prepared for an engine; it has to print `READY <url>` and to end when
 * its stdin is closed.
 */
export async function startEngine(engine: string, args: readonly string[]): Promise<EngineProcess> {
  const child = spawn(pythonOf(engine), ['-B', '-u', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  return {
    url: await readAddress(child),
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function pythonOf(engine: string): string {
  const pythons = JSON.parse(process.env.ENGINE_PYTHONS ?? '{}') as Record<string, string>;
  const python = pythons[engine];
  if (python === undefined) throw new Error('These tests are started with npm run test:engines.');
  return python;
}

/** @throws Error with the last output where the server ends or says nothing in time; it is gone then */
function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let logged = '';
    const fail = (how: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`The model server ${how}:\n${said}\n${logged}`));
    };
    const timer = setTimeout(fail, START_TIMEOUT_MS, 'did not start in time');
    const settle = (): void => {
      clearTimeout(timer);
    };
    child.stdout?.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-OUTPUT_KEPT);
      const [, url] = /^READY (\S+)\n/m.exec(said) ?? [];
      if (url === undefined) return;
      settle();
      resolve(url);
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      logged = (logged + bytes.toString()).slice(-OUTPUT_KEPT);
    });
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      fail(`ended with ${signal ?? code}`);
    });
  });
}
