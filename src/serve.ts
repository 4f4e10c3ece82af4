import 'reflect-metadata';
import { constants } from 'node:os';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createGateway } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';

/** npm hands on what its child has got already, from the terminal or a service manager: within this time it is the same signal. */
const ECHO_MS = 200;
/** What a shell adds to the number of the signal that has ended a process. */
const SIGNALLED = 128;

/** Starts the gateway as the process that it is the whole of. */
export async function serve(): Promise<NestExpressApplication> {
  const app = await createGateway(AppModule.register());
  const { HOST, PORT } = app.get(Environment);
  await app.listen(PORT, HOST);
  exitOnSecondSignal();
  printBanner(app);
  return app;
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
