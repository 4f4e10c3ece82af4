import 'reflect-metadata';
import { constants } from 'node:os';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createGateway } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';
import { describeGateway } from './describe-gateway.js';
import { endingSignals } from './ending-signals.js';

/** What a shell adds to the number of the signal that has ended a process. */
const SIGNALLED = 128;

/** Starts the gateway in this process. @returns it, listening on HOST and PORT */
export async function serve(): Promise<NestExpressApplication> {
  const app = await createGateway(AppModule.register());
  const { HOST, PORT } = app.get(Environment);
  await app.listen(PORT, HOST);
  return app;
}

/** The same for a process that is the whole gateway. A second signal to end does not wait for the answers that the first waits for. */
export async function serveAlone(): Promise<void> {
  const gateway = await serve();
  const end = endingSignals(
    () => undefined,
    (signal) => process.exit(SIGNALLED + constants.signals[signal]),
  );
  process.on('SIGTERM', end).on('SIGINT', end);
  printBanner(describeGateway(gateway));
}
