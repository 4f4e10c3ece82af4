import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createGateway } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';
import { WatchedFiles } from './reload/watched-files.service.js';

/** npm hands on what its child has got already, from the terminal or a service manager: within this time it is the same signal. */
const ECHO_MS = 200;
/** What a shell adds to the number of the signal that has ended a process. */
const SIGNALLED = 128;
/** Why the port cannot be had: the variable at fault, and what is wrong with it. */
const LISTEN_FAULTS: Record<string, ['HOST' | 'PORT', string]> = {
  EADDRINUSE: ['PORT', 'already in use by another process'],
  EACCES: ['PORT', 'permission denied'],
  EADDRNOTAVAIL: ['HOST', 'is not an address of this machine'],
  ENOTFOUND: ['HOST', 'is an unknown host name or address'],
  EAI_AGAIN: ['HOST', 'is an unknown host name or address'],
  EINVAL: ['HOST', 'cannot be listened on'],
};

/** Starts the gateway as the process that it is the whole of. @public */
export async function serve(): Promise<NestExpressApplication> {
  const app = await createGateway(AppModule.register());
  reloadOnHangup(app.get(WatchedFiles));
  await listen(app);
  exitOnSecondSignal();
  await printBanner(app);
  return app;
}

/** A window that is closed sends SIGHUP too, and would leave behind a process that holds the port: that one ends as usual. */
function reloadOnHangup(files: WatchedFiles): void {
  const take = (): void => {
    if (!hasLostTerminal()) {
      files.reload();
      return;
    }
    // process.exit() would abort: Node resets the terminal, and there is none.
    process.off('SIGHUP', take);
    process.kill(process.pid, 'SIGHUP');
  };
  process.on('SIGHUP', take);
}

function hasLostTerminal(): boolean {
  if (!process.stdout.isTTY) return false;
  try {
    writeSync(process.stdout.fd, '');
    return false;
  } catch {
    return true;
  }
}

async function listen(app: NestExpressApplication): Promise<void> {
  const environment = app.get(Environment);
  try {
    await app.listen(environment.PORT, environment.HOST);
  } catch (error) {
    const [variable, what] = LISTEN_FAULTS[(error as NodeJS.ErrnoException).code ?? ''] ?? [];
    if (variable === undefined) throw error;
    throw new Error(`${variable}=${environment[variable]}: ${what}`, { cause: error });
  }
}

/** A second signal to end does not wait for the answers that the first waits for. */
function exitOnSecondSignal(): void {
  let first: { name: NodeJS.Signals; at: number } | null = null;
  const end = (name: NodeJS.Signals): void => {
    const at = performance.now();
    if (!first) first = { name, at };
    else if (name !== first.name || at - first.at >= ECHO_MS)
      process.exit(SIGNALLED + constants.signals[name]);
  };
  process.on('SIGTERM', end).on('SIGINT', end);
}
