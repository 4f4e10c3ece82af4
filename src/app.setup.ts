import { type DynamicModule, type NestApplicationOptions, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuthStrategy } from './auth/auth-strategy.js';
import { Environment } from './config/environment.js';
import { checkExtensions } from './extension/check-extensions.js';
import { checkNest } from './extension/check-nest.js';
import { getExtension } from './extension/extension-point.js';
import { serveDocs } from './openapi/serve-docs.js';
import { corsOptions } from './transport/http/cors-options.js';
import { FlatExpressAdapter } from './transport/http/flat-express.adapter.js';
import { FrameworkLogger } from './request/framework-logger.js';
import { refuseForeignPages } from './request/foreign-pages.js';
import { requestContext } from './request/request-context.middleware.js';
import { CallObservers } from './request/call-observers.service.js';
import { IdGenerator } from './ids/id-generator.js';
import { refuseOtherUpgrades } from './transport/websocket/upgrade.js';
import { servePlayground, wantsPlayground } from './playground/serve-playground.js';

/**
 * How the application is created: errors of the start reach the caller, bodies are read by our own interceptor, nothing is logged
 * before the logger is there, and shutdown does not wait for idle connections.
 * @public
 */
export const CREATE_OPTIONS: NestApplicationOptions = {
  abortOnError: false,
  bodyParser: false,
  logger: false,
  forceCloseConnections: true,
};

/**
 * Creates the application as `serve.ts` does, for tests and for deployers who start it themselves.
 *
 * @public
 * @example
 * const app = await createGateway(AppModule.register({ extensions }));
 * await app.listen(8080);
 *
 * @throws Error when the environment is wrong, or an extension would not do what it was written for
 */
export async function createGateway(module: DynamicModule): Promise<NestExpressApplication> {
  checkNest(import.meta.url, process.argv[1] ?? null);
  const adapter = new FlatExpressAdapter();
  const app = await NestFactory.create<NestExpressApplication>(module, adapter, CREATE_OPTIONS);
  try {
    return configureApp(app);
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Sets an application up that was created in another way. @public */
export function configureApp(app: NestExpressApplication): NestExpressApplication {
  checkExtensions(app);
  const environment = app.get(Environment);
  app.useLogger(app.get(FrameworkLogger));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestContext(getExtension(app, IdGenerator), app.get(CallObservers)));
  if (environment.CORS_ORIGINS !== undefined) app.enableCors(corsOptions(environment.CORS_ORIGINS));
  app.use(refuseForeignPages(environment, getExtension(app, AuthStrategy)));
  app.use(refuseOtherUpgrades);
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], { useProcessExit: true });
  if (environment.DOCS_ENABLED) serveDocs(app);
  if (wantsPlayground(environment)) servePlayground(app);
  return app;
}
