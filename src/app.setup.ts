import { ShutdownSignal } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Environment } from './config/environment.js';
import { inForce } from './config/extension-point.js';
import { FrameworkLogger } from './http/framework-logger.js';
import { jsonBody } from './http/json-body.js';
import { requestContext } from './http/request-context.middleware.js';
import { RequestLog } from './http/request-log.js';
import { IdGenerator } from './ids/id-generator.js';

/**
 * Sets an application up as `main.ts` does, for tests and for deployers who start it themselves. Create it with
 * `bodyParser: false`.
 */
export function configureApp(app: NestExpressApplication): NestExpressApplication {
  const environment = app.get(Environment);
  app.useLogger(app.get(FrameworkLogger));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestContext(app.get<IdGenerator>(inForce(IdGenerator)), app.get(RequestLog)));
  app.use(...jsonBody(environment.BODY_LIMIT_BYTES));
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], { useProcessExit: true });
  if (environment.DOCS_ENABLED) serveDocs(app);
  return app;
}

function serveDocs(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Responses gateway')
    .setDescription("OpenAI's Responses API in front of a chat-completions model server.")
    .addBearerAuth()
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'docs/openapi.json',
  });
}
