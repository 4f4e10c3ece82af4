import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, type AppOptions } from '../../src/app.module.js';
import { configureApp, CREATE_OPTIONS } from '../../src/app.setup.js';
import { FlatExpressAdapter } from '../../src/http/flat-express.adapter.js';

export interface TestApp {
  /** http://127.0.0.1:<port> */
  url: string;
  app: NestExpressApplication;
  close(): Promise<void>;
}

/**
 * Starts the real application on a free port. Without UPSTREAM_BASE_URL it runs on the built-in simulator.
 *
 * @example
 * const upstream = await startFakeUpstream();
 * const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
 */
export async function createTestApp(options: AppOptions = {}): Promise<TestApp> {
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '0',
    ...options.environment,
  };
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register({ ...options, environment }),
    new FlatExpressAdapter(),
    CREATE_OPTIONS,
  );
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    app,
    close: () => app.close(),
  };
}
