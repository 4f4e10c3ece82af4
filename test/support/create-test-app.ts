import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, type AppOptions } from '../../src/app.module.js';
import { createGateway } from '../../src/app.setup.js';
import { holdToDocument } from './described-answers.js';

export interface TestAppOptions extends AppOptions {
  /** An extension answers in its own way: the answers are not held to openapi/openapi.yaml. */
  answersItsOwnWay?: boolean;
}

export interface TestApp {
  /** http://127.0.0.1:<port> */
  url: string;
  app: NestExpressApplication;
  close(): Promise<void>;
}

/** For tests whose outcome must not hang on how fast a loaded machine checks an output. */
export const PATIENT = { STRICT_OUTPUT_TIMEOUT_MS: '15000' };

/**
 * Starts the real application on a free port. Without UPSTREAM_BASE_URL it runs on the built-in simulator; without DATABASE_URL it keeps
 * nothing.
 *
 * @example
 * const upstream = await startFakeUpstream();
 * const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
 */
export async function createTestApp({ answersItsOwnWay, ...options }: TestAppOptions = {}): Promise<TestApp> {
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '0',
    DATABASE_URL: 'none',
    ...options.environment,
  };
  const app = await createGateway(AppModule.register({ ...options, environment }));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  if (!answersItsOwnWay) holdToDocument(url);
  return {
    url,
    app,
    close: () => app.close(),
  };
}
