import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createGateway } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';
import { describeGateway } from './describe-gateway.js';

/** Starts the gateway in this process. @returns it, listening on HOST and PORT */
export async function serve(): Promise<NestExpressApplication> {
  const app = await createGateway(AppModule.register());
  const { HOST, PORT } = app.get(Environment);
  await app.listen(PORT, HOST);
  return app;
}

/** The same for a process that is the whole gateway. */
export async function serveAlone(): Promise<void> {
  printBanner(describeGateway(await serve()));
}
