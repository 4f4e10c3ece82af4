import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configureApp, CREATE_OPTIONS } from './app.setup.js';
import { printBanner } from './banner.js';
import { Environment } from './config/environment.js';
import { FlatExpressAdapter } from './http/flat-express.adapter.js';

async function main(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(),
    new FlatExpressAdapter(),
    CREATE_OPTIONS,
  );
  configureApp(app);
  const { HOST, PORT } = app.get(Environment);
  await app.listen(PORT, HOST);
  printBanner(app);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
