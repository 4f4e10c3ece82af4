import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createGateway } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';
import { listenFault } from './config/listen-fault.js';
import { WatchedFiles } from './reload/watched-files.service.js';
import { exitOnSecondSignal, reloadOnHangup } from './signals.js';

/** Starts the gateway as the process that it is the whole of. @public */
export async function serve(): Promise<NestExpressApplication> {
  const app = await createGateway(AppModule.register());
  reloadOnHangup(app.get(WatchedFiles));
  await listen(app);
  exitOnSecondSignal();
  await printBanner(app);
  return app;
}

async function listen(app: NestExpressApplication): Promise<void> {
  const { PORT, HOST } = app.get(Environment);
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    throw listenFault(error as Error, ['PORT', PORT], ['HOST', HOST]);
  }
}
